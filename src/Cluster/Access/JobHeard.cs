using System.Text;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Figures;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Sources;
using Akka.Actor;

namespace ActorStreams.Cluster.Access;

/// <summary>What a node has heard of a job from its coordinator, and what it says of that to users.</summary>
/// <remarks>It hears in turns of the node's actor; any thread may read.</remarks>
/// <param name="pipeline">The pipeline's name.</param>
/// <param name="options">How the job runs; they are told notices.</param>
/// <param name="self">This node.</param>
internal sealed class JobHeard(string pipeline, JobOptions options, string self)
{
    /// <summary>Nodes ask each second; a coordinator is found again within seconds, unless a node has to be given up first.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly FigurePieces _pieces = new();
    private Told _told = new(new JobState(JobPhase.Starting, 0, 0, 0, "the coordinator has not answered yet", "", []),
        options.Clock.GetUtcNow(), options.Clock.GetTimestamp());
    private JobStanding _standing = new(0, [], InstanceFigures.Nothing, EventTime.MaxValue);
    private long _noticesOf, _notices, _committed;

    public JobState State => Volatile.Read(ref _told).State;

    public long Epoch => Math.Max(State.Epoch, Volatile.Read(ref _committed));

    public bool IsRunning => Volatile.Read(ref _told) is var told && told.State is { IsRunning: true, IsEnd: false } && !IsSilent(told);

    public JobMetrics Metrics => Volatile.Read(ref _standing).Figures.Metrics(Epoch, State.Restarts);

    public IReadOnlyList<JobCondition> Conditions
    {
        get
        {
            Told told = Volatile.Read(ref _told);
            if (told.State.IsEnd)
                return [];
            IReadOnlyList<JobCondition> conditions = Volatile.Read(ref _standing).Conditions;
            DateTimeOffset now = options.Clock.GetUtcNow();
            if (IsSilent(told))
            {
                TimeSpan silence = options.Clock.GetElapsedTime(told.HeardAt);
                return [new JobCondition(JobNoticeKind.NotBegun, "", now - silence, now, $"Pipeline '{pipeline}': the coordinator" +
                    $"{(told.State.Coordinator.Length > 0 ? $", last on node '{told.State.Coordinator}'," : "")} has not answered for " +
                    $"{silence.TotalSeconds:0} s. Nodes that do not see each other decide by the split-brain resolver who goes on; see the " +
                    "cluster's log, and what this node can reach."), .. conditions];
            }

            return told.State.Phase == JobPhase.Starting
                ? [new JobCondition(JobNoticeKind.NotBegun, "", told.Since, now,
                    $"Pipeline '{pipeline}' does not run yet: {told.State.Text}"), .. conditions]
                : conditions;
        }
    }

    /// <summary>The question of how the job stands now.</summary>
    public JobAsked Ask(IActorRef node) =>
        new(node, Volatile.Read(ref _noticesOf), Volatile.Read(ref _notices));

    public void Take(JobState state)
    {
        Told before = Volatile.Read(ref _told);
        DateTimeOffset since = before.State.Phase == state.Phase ? before.Since : options.Clock.GetUtcNow();
        Volatile.Write(ref _told, new Told(state, since, options.Clock.GetTimestamp()));
    }

    /// <summary>Somebody here has heard of a commit before the coordinator has told of it.</summary>
    public void OnCommitted(long epoch)
    {
        long known = Volatile.Read(ref _committed);
        while (known < epoch && Interlocked.CompareExchange(ref _committed, epoch, known) is var other && other != known)
            known = other;
    }

    /// <summary>Takes a piece of the standing, or a notice, which is told unless it was.</summary>
    public void Take(object news)
    {
        switch (news)
        {
            case FiguresTold told:
                if (_pieces.Take(told) is { } whole && FigureBytes.Read(whole, SourceClockwork.Now(options.Clock)) is { } standing)
                    Volatile.Write(ref _standing, standing);
                break;
            case NoticeTold told when told.Of != _noticesOf || told.Number > _notices:
                Volatile.Write(ref _notices, told.Number);
                Volatile.Write(ref _noticesOf, told.Of);
                if (told.Node != self)
                    options.Tell(told.ToNotice(pipeline));
                break;
        }
    }

    /// <summary>How the job stands, as text for people.</summary>
    public string Describe()
    {
        JobState state = State;
        var head = new StringBuilder($"Job '{pipeline}' on a cluster: {state.Phase.ToString().ToLowerInvariant()}, attempt {state.Attempt}" +
            $"{(state is { Phase: JobPhase.Running, IsRunning: false } ? " (it does not run yet)" : "")}, epoch {Epoch}, " +
            $"{state.Restarts} restarts\n");
        if (state.Coordinator.Length > 0)
            head.Append("coordinator: ").Append(state.Coordinator).Append('\n');
        foreach (IGrouping<string, (string Name, string Node)> node in state.Instances
            .GroupBy(static one => one.Node, StringComparer.Ordinal).OrderBy(static node => node.Key, StringComparer.Ordinal))
            head.Append("node ").Append(node.Key).Append(": ").AppendJoin(", ", node.Select(static one => one.Name)).Append('\n');
        if (state.Text.Length > 0)
            head.Append(state.Text).Append('\n');
        return JobDescription.Of(head.ToString(), Volatile.Read(ref _standing) with { Conditions = Conditions },
            SourceClockwork.Now(options.Clock));
    }

    private bool IsSilent(Told told) => !told.State.IsEnd && options.Clock.GetElapsedTime(told.HeardAt) > s_patience;

    /// <param name="State">How the job stands.</param>
    /// <param name="Since">Since when it is in its phase, as far as this node knows.</param>
    /// <param name="HeardAt">When it was heard.</param>
    private sealed record Told(JobState State, DateTimeOffset Since, long HeardAt);
}
