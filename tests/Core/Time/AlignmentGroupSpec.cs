using ActorStreams.Core.Exchange;
using ActorStreams.Core.Sources;

namespace ActorStreams.Core.Tests.Time;

public sealed class AlignmentGroupSpec
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Somebody_may_always_go_on_and_nobody_is_further_ahead_than_the_drift_when_it_does(int seed)
    {
        var random = new Random(seed);
        var group = new AlignmentGroup();
        var members = Enumerable.Range(0, 4).Select(_ => group.Join(new Inbox(), 100)).ToArray();
        for (int turn = 0; turn < 5000; turn++)
        {
            Assert.True(members.Any(member => member.MayRead()), $"Seed {seed}, turn {turn}: nobody may read.");
            AlignmentGroup.Member next = members[random.Next(members.Length)];
            if (random.Next(50) == 0)
            {
                next.Tell(!next.Counts, next.Position);
            }
            else if (next.MayRead())
            {
                long slowest = members.Where(member => member.Counts).Select(member => member.Position).DefaultIfEmpty(next.Position).Min();
                Assert.True(next.Position <= Math.Max(slowest, slowest + 100), $"Seed {seed}, turn {turn}.");
                next.Tell(next.Counts, Math.Max(next.Position, 0) + random.Next(60));
            }
        }
    }

    [Fact]
    public void Who_was_held_back_is_woken_when_the_slowest_has_come_closer()
    {
        var group = new AlignmentGroup();
        var inbox = new Inbox();
        var place = new Place();
        inbox.Open(place);
        AlignmentGroup.Member fast = group.Join(inbox, 10), slow = group.Join(new Inbox(), 10);
        fast.Tell(counts: true, 100);
        slow.Tell(counts: true, 50);
        Assert.False(fast.MayRead());
        slow.Tell(counts: true, 89);
        Assert.Empty(place.Told);
        slow.Tell(counts: true, 90);
        Assert.IsType<StageWake>(Assert.Single(place.Told));
        Assert.True(fast.MayRead());
        Assert.True(slow.MayRead());
    }

    private sealed class Place : StagePlace
    {
        public List<object> Told { get; } = [];

        public override TaskScheduler Scheduler => TaskScheduler.Default;

        public override void Tell(object message) => Told.Add(message);
    }
}
