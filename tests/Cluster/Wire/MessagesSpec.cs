using System.Collections;
using ActorStreams.Authoring;
using ActorStreams.Cluster.Attempts;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Entities;
using ActorStreams.Cluster.Figures;
using ActorStreams.Cluster.Ingresses;
using ActorStreams.Cluster.Links;
using ActorStreams.Cluster.Placement;
using ActorStreams.Cluster.Views;
using ActorStreams.Cluster.Wire;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Stages;
using Akka.Actor;

namespace ActorStreams.Cluster.Tests.Wire;

/// <summary>Messages between nodes are read as they were written.</summary>
public sealed class MessagesSpec : Akka.TestKit.Xunit2.TestKit
{
    private static readonly AttemptNode s_node = new("akka.tcp://a@h:1#2", new LinkAddress("h", 4055), ActorRefs.Nobody);

    /// <summary>One of each kind at least.</summary>
    private static object[] All(IActorRef actor) =>
    [
        new ClaimInstance(1, 2, "counts/0", actor),
        new InstanceClaimed(1, 2, "node", "127.0.0.1", 4055, actor),
        new InstanceMoving(long.MaxValue),
        new OpenAttempt(3, actor, 17, "before-2.0@16@5", 4, 128, ulong.MaxValue, true, [("clicks", ["0", "1"]), ("users", [])],
            [("1/0", "a"), ("1/1", "b")], [s_node with { Actor = actor }]),
        new RunAttempt(3),
        new EndAttempt(3),
        new AttemptOpened(3, "node"),
        new AttemptFailed(3, "node", FailureKind.StoreLost, "the store 'x' — lost"),
        new AttemptEnded(3, "node"),
        new AttemptWaits(3, "node", "the journal is away"),
        new ToInstance(3, 5, new BarrierRequest(18, BarrierKind.CaughtUp)),
        new ToInstance(3, 5, new EpochCommitted(18)),
        new ToInstance(3, 5, new PauseRequest(true)),
        new ToInstance(3, 5, new DrainRequest(false)),
        new InstanceReported(3, 5, 17, [1, 2, 3]),
        new InstanceSourceEnded(3, 5),
        new InstanceCommitTaken(3, 5),
        new EpochWanted(3),
        new JobAsked(actor),
        new JobAsked(actor, NoticesOf: 7, Notices: 8),
        new JobState(JobPhase.Failed, 5, 3, 2, "why", "node", [("1/0", "node")]),
        new JobState(JobPhase.Running, 5, 3, 2, "", "node", [], IsRunning: true),
        new CommitJob(long.MinValue),
        new JobCommitted(7, 18, true, "why"),
        new FiguresTold(3, "node", 100, 200, [1, 2]),
        new NoticeRaised("node", JobNoticeKind.EventTimeLeap, "what", "why"),
        new NoticeTold(7, 8, "node", JobNoticeKind.AttemptBegun, "what", ""),
        new SaveJob(long.MinValue, "before-2.0"),
        new JobSaved(7, SaveOutcome.Exists, "why", "before-2.0", 18, 19, 20),
        new AttemptTick(3, 8),
        new AttemptTicked(3, "node", true, 9),
        new SharedTick(3, 10),
        new SharedChanged(3, new SharedNews(1, 2, 3, long.MinValue, 5)),
        new IngressHello(3, "orders", "node"),
        new IngressRead(3, "orders", 17),
        new IngressRead(3, "orders", null),
        new IngressGiven("orders", 7, true, [1, 2]),
        new IngressEnded("orders", 7, "why"),
        new IngressWaiting("orders", [1, 2]),
        new IngressMissing("orders", 7),
        new ViewAsked(3, "totals", -1, 0),
        new ViewAnswered(3, "totals", "node", 17, 5, 100, [1, 2]),
        new EntityAsked(1, "accounts", null, true, [1], [2, 3]),
        new EntityAsked(1, "accounts", new EntityQuestion(EntityConsistency.Committed, "balance"), false, [1], []),
        new EntityAsked(1, "accounts", new EntityQuestion(EntityConsistency.Current, null), false, [1], []),
        new EntityAnswered(1, EntityOutcome.InDoubt, 5, [4], "why"),
        new EntitiesWaiting("accounts", [1, 2]),
        new EntitiesUnknown([]),
        new EntityGiven(3, 5, 7, new EntityAsked(1, "accounts", null, false, [1], [])),
        new EntityReplied(3, 5, 7, "accounts", EntityReply.Taken, 1, 5, [2], "why"),
    ];

    [Fact]
    public void Every_message_is_read_as_it_was_written()
    {
        Assert.All(All(TestActor), message => Assert.Equal(TextOf(message), TextOf(ThroughWire(message))));
        Assert.Same(MoveInstance.Now, ThroughWire(MoveInstance.Now));
        Assert.Same(StopJob.Now, ThroughWire(StopJob.Now));
        Assert.Same(DrainJob.Now, ThroughWire(DrainJob.Now));
        Assert.Same(HandOver.Now, ThroughWire(HandOver.Now));
    }

    [Fact]
    public void What_a_later_build_adds_at_the_end_of_a_message_is_not_looked_at() =>
        Assert.All(All(TestActor), message => Assert.Equal(TextOf(message), TextOf(Read([.. Written(message), 1, 0, 255]))));

    [Fact]
    public void A_message_that_lacks_some_of_its_bytes_is_refused_and_never_read_as_another()
    {
        foreach (object message in All(TestActor))
        {
            byte[] written = Written(message);
            for (int length = 1; length < written.Length; length++)
            {
                byte[] bytes = written[..length];
                Assert.Throws<CodecException>(() => Read(bytes));
            }
        }
    }

    [Theory]
    [InlineData("1")]
    [InlineData("3")]
    [InlineData("")]
    public void A_message_of_another_version_is_refused_with_what_to_do(string version)
    {
        var serializer = new Messages((ExtendedActorSystem)Sys);

        CodecException error = Assert.Throws<CodecException>(() => serializer.FromBinary(serializer.ToBinary(new RunAttempt(3)), version));

        Assert.Contains($"is of version {version}, this build reads version {Messages.Version}.", error.Message, StringComparison.Ordinal);
        Assert.Contains("give all nodes the same build", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_kind_of_message_has_its_own_serializer()
    {
        Messages.Register(Sys);

        Assert.IsType<Messages>(Sys.Serialization.FindSerializerForType(typeof(OpenAttempt)));
        Assert.IsType<Messages>(Sys.Serialization.FindSerializerForType(typeof(JobState)));
    }

    [Fact]
    public void Bytes_that_are_no_message_are_refused()
    {
        var serializer = new Messages((ExtendedActorSystem)Sys);
        var random = new Random(1);
        for (int round = 0; round < 2_000; round++)
        {
            byte[] bytes = new byte[random.Next(1, 60)];
            random.NextBytes(bytes);
            bytes[0] = (byte)random.Next(0, 30);
            try
            {
                serializer.FromBinary(bytes, Messages.Version);
            }
            catch (CodecException)
            {
                // the only error there may be
            }
        }
    }

    private object ThroughWire(object message) => Read(Written(message));

    private static byte[] Written(object message)
    {
        var writer = new BlobWriter();
        MessageWriter.Write(message, writer, actor => actor.Path.ToString());
        return writer.ToArray();
    }

    private object Read(byte[] bytes) =>
        MessageReader.Read(bytes, path => path == TestActor.Path.ToString() ? TestActor : ActorRefs.Nobody);

    /// <summary>Records with lists in them are not equal to their like.</summary>
    private static string TextOf(object? value) => value switch
    {
        null => "null",
        string text => text,
        IActorRef actor => actor.Path.ToString(),
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(TextOf))}]",
        System.Runtime.CompilerServices.ITuple tuple =>
            $"({string.Join(", ", Enumerable.Range(0, tuple.Length).Select(at => TextOf(tuple[at])))})",
        _ when value.GetType() is { IsEnum: false } type && type.Namespace?.StartsWith("ActorStreams", StringComparison.Ordinal) == true =>
            $"{type.Name} {string.Join(", ", type.GetProperties()
                .Where(property => property.GetMethod!.GetParameters().Length == 0 && !property.GetMethod.IsStatic)
                .Select(property => $"{property.Name} = {TextOf(property.GetValue(value))}"))}",
        _ => $"{value}",
    };
}
