using ActorStreams.Authoring;

namespace ActorStreams.Connectors.Tests;

/// <summary>A rate is held by elapsed time: whatever happens to the time of day, rows neither wait for it nor rush.</summary>
public sealed class RateLimitSpec
{
    [Theory]
    [InlineData(60)]
    [InlineData(-60)]
    public async Task A_clock_that_is_set_forward_or_back_changes_no_rate(int minutes)
    {
        var clock = new SetClock();
        Source<int> source = Sources.Of([0, 1, 2, 3, 4, 5]).RateLimit(rowsPerSecond: 50);
        await using SourceReader<int> reader = await source.OpenAsync("0", null, new SourceContext("test", "rows", clock), default);
        var buffer = new SourceBuffer<int>();
        var read = new List<int>();
        for (int row = 0; row < 6; row++)
        {
            clock.TimeOfDay += TimeSpan.FromMinutes(row % 2 == 0 ? minutes : -minutes);
            buffer.Clear();
            Assert.True(await reader.ReadAsync(buffer, default));
            read.AddRange(buffer.Rows);
        }

        Assert.Equal([0, 1, 2, 3, 4, 5], read);
        Assert.Equal(Enumerable.Repeat(TimeSpan.FromMilliseconds(20), 5), clock.Waits);   // the first row need not wait
    }

    /// <summary>Time goes on by what is waited for; the time of day is what it was set to.</summary>
    private sealed class SetClock : TimeProvider
    {
        private long _elapsed;

        public DateTimeOffset TimeOfDay { get; set; } = DateTimeOffset.UnixEpoch.AddYears(50);

        public List<TimeSpan> Waits { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _elapsed;

        public override DateTimeOffset GetUtcNow() => TimeOfDay;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            _elapsed += dueTime.Ticks;
            var timer = new Fired();
            callback(state);
            return timer;
        }

        private sealed class Fired : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => false;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
