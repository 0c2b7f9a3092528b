using ActorStreams.Core.Exchange;
using ActorStreams.Core.Records;
using ActorStreams.Core.Regions;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Stages;

namespace ActorStreams.Core.Pipelines;

/// <summary>Builds all actors of a job, the last stage first, so that every sender finds its receivers.</summary>
internal sealed class JobBuild
{
    private readonly Dictionary<(object Consumer, int Instance), InputPort> _ports = [];
    private readonly Dictionary<object, object> _pools = [];
    private readonly Dictionary<(StagePlan, int), StageContext> _contexts = [];
    private readonly Dictionary<object, AlignmentGroup> _alignments = [];
    private readonly Dictionary<StreamNode, SourceSilence> _silences = [];
    private readonly Dictionary<StreamNode, SnapshotProgress> _snapshots = [];
    private readonly List<SharedGroup> _shared = [];
    private readonly IReadOnlySet<string>? _here;

    /// <param name="plan">The plan.</param>
    /// <param name="shards">The shards of keys.</param>
    /// <param name="partitions">Of each source its partitions.</param>
    /// <param name="run">The run that is built.</param>
    /// <param name="views">What is read from outside.</param>
    /// <param name="here">The names of the instances that run in this process; null: all do.</param>
    public JobBuild(Plan plan, ShardMap shards, IReadOnlyDictionary<StreamNode, IReadOnlyList<string>> partitions, IStageRun run,
        JobViews views, IReadOnlySet<string>? here = null)
    {
        (Plan, Shards, Views, AskForEpoch, _here) = (plan, shards, views, run.AskForEpoch, here);
        var firstNumbers = new Dictionary<StreamNode, int>();
        foreach ((StreamNode source, IReadOnlyList<string> names) in partitions)
        {
            firstNumbers[source] = Partitions.Count;
            Partitions.AddRange(names.Select(name => $"{source.Name}/{name}"));
        }

        foreach (StreamNode source in plan.SnapshotWaits.WaitedFor)
            _snapshots[source] = Shared(new SnapshotProgress(partitions[source].Count, run.AskForEpoch));
        foreach (StagePlan stage in Enumerable.Reverse(plan.Stages))
        {
            for (int instance = 0; instance < stage.Parallelism; instance++)
            {
                var context = new StageContext(plan.Pipeline.Name, stage.Number, instance,
                    plan.Options.Clock)
                { Snapshots = plan.Options.Snapshots, EpochInterval = plan.Options.EpochInterval };
                _contexts[(stage, instance)] = context;
                var build = new StageBuild(this, stage, context);
                SourceHead? source = null;
                foreach (StreamNode node in stage.Nodes)
                {
                    if (node is ISourceNode sourceNode)
                        source = sourceNode.Build(build, partitions[node], firstNumbers[node], plan.GranularityOf(node));
                    else if (node.Inputs.Any(input => !plan.Nodes.Contains(input) || plan.StageOf(input) != stage))
                        ((IStageEntry)node).AttachEntry(build);
                }

                Actors.Add(new StageLoop($"{stage}/{instance}", context, source, run, plan.Options.Linger));
            }
        }

        // Nothing ever comes to an actor without lanes, no barrier either: dead letters that no operator can send.
        Actors.RemoveAll(actor => actor.Source is null && actor.Context.Inbox.Lanes.Count == 0);
    }

    public Plan Plan { get; }

    public ShardMap Shards { get; }

    /// <summary>Ends the epoch without waiting for its interval.</summary>
    public Action AskForEpoch { get; }

    /// <summary>Whether an instance runs in this process.</summary>
    public bool IsHere(string instance) => _here?.Contains(instance) != false;

    /// <summary>What outlives the run: the views that are read from outside.</summary>
    public JobViews Views { get; }

    public List<StageLoop> Actors { get; } = [];

    public List<IRegion> Regions { get; } = [];

    /// <summary>What goes on from epoch to epoch and must be done before the job is complete.</summary>
    public OpenWork Work { get; } = new();

    /// <summary>What senders count for operators of other actors.</summary>
    public List<SenderErrors> SenderErrors { get; } = [];

    /// <summary>What operators without regions count.</summary>
    public List<RowCount> Counts { get; } = [];

    /// <summary>Names of all source partitions, by the number that positions carry.</summary>
    public List<string> Partitions { get; } = [];

    public BatchPool<T> PoolOf<T>(IConsumer<T> consumer)
    {
        if (!_pools.TryGetValue(consumer, out object? pool))
            _pools[consumer] = pool = new BatchPool<T>(Plan.Options.BatchRows, Plan.HasPositions,
                Plan.CarriesSourceWatermarks(consumer.Node));
        return (BatchPool<T>)pool;
    }

    /// <summary>What is aligned with a source: the sources that name the same group, or its own partitions.</summary>
    public AlignmentGroup AlignmentOf(StreamNode source, string? group) =>
        _alignments.TryGetValue(group ?? (object)source, out AlignmentGroup? found) ? found
            : _alignments[group ?? (object)source] = Shared(new AlignmentGroup());

    public SourceSilence SilenceOf(StreamNode source) =>
        _silences.TryGetValue(source, out SourceSilence? found) ? found
            : _silences[source] = Shared(new SourceSilence(Plan.Options.Clock));

    public SnapshotProgress? SnapshotOf(StreamNode source) => _snapshots.GetValueOrDefault(source);

    /// <summary>Of a run on several nodes: what instances know of each other is told to the other nodes, too.</summary>
    public void ShareBy(Action<SharedNews> tell)
    {
        for (int group = 0; group < _shared.Count; group++)
            _shared[group].TellBy(group, tell);
    }

    /// <summary>Takes in what another node has told.</summary>
    public void Take(SharedNews news) => _shared[news.Group].Take(news);

    public void AddEntry<T>(IConsumer<T> consumer, int instance, InputPort<T> port) => _ports[(consumer, instance)] = port;

    private T Shared<T>(T group)
        where T : SharedGroup
    {
        _shared.Add(group);
        return group;
    }

    public (List<InputPort<T>> Ports, List<Inbox> Inboxes) EntriesOf<T>(IConsumer<T> consumer)
    {
        StagePlan stage = Plan.StageOf(consumer.Node);
        var ports = new List<InputPort<T>>();
        var inboxes = new List<Inbox>();
        for (int instance = 0; instance < stage.Parallelism; instance++)
        {
            ports.Add((InputPort<T>)_ports[(consumer, instance)]);
            inboxes.Add(_contexts[(stage, instance)].Inbox);
        }

        return (ports, inboxes);
    }
}

/// <summary>A node that can be the first of a stage fed by others.</summary>
internal interface IStageEntry
{
    void AttachEntry(StageBuild build);
}

/// <summary>Builds one actor.</summary>
internal sealed class StageBuild(JobBuild job, StagePlan stage, StageContext context)
{
    private readonly Dictionary<StreamNode, object> _shared = [];
    private Receiver<DeadLetter>? _deadLetters;

    public StageContext Context { get; } = context;

    public JobOptions Options => job.Plan.Options;

    public ShardMap Shards => job.Shards;

    /// <summary>The shards that regions of this actor host.</summary>
    public ShardRange HostedShards => Shards.RangeOf(Context.Instance, Instances);

    public JobViews Views => job.Views;

    public OpenWork Work => job.Work;

    /// <summary>Ends the epoch without waiting for its interval.</summary>
    public Action AskForEpoch => job.AskForEpoch;

    /// <summary>Names of all source partitions, by the number that positions carry.</summary>
    public IReadOnlyList<string> Partitions => job.Partitions;

    /// <summary>Stands for this run of the job.</summary>
    public object Run => job;

    /// <summary>Actors of this stage.</summary>
    public int Instances => stage.Parallelism;

    /// <summary>Those of them that run in this process: their parts are all that views of it show.</summary>
    public int InstancesHere => Enumerable.Range(0, stage.Parallelism).Count(number => job.IsHere($"{stage}/{number}"));

    /// <summary>Rows carry their positions, because a dead letter may have to name them.</summary>
    public bool WithPositions => job.Plan.HasPositions;

    /// <summary>Which rows have event times.</summary>
    public EventTimeFlow EventTimes => job.Plan.EventTimes;

    /// <summary>Rows of <paramref name="node"/> carry the watermark of their source partition, because an operator judges by it which of
    /// them are late.</summary>
    public bool CarriesSourceWatermarks(StreamNode node) => job.Plan.CarriesSourceWatermarks(node);

    /// <summary>What takes the rows of <paramref name="node"/>: one consumer, several, or nobody.</summary>
    public Receiver<T> Downstream<T>(StreamNode<T> node)
    {
        IConsumer<T>[] consumers = [.. job.Plan.ConsumersOf(node).Distinct().OfType<IConsumer<T>>()];
        Receiver<T>[] receivers = [.. consumers.Select(ReceiverOf)];
        return receivers.Length switch
        {
            0 => new Ignore<T>(),
            1 => receivers[0],
            _ => new Broadcast<T>(receivers),
        };
    }

    public AlignmentGroup AlignmentOf(StreamNode source, string? group) => job.AlignmentOf(source, group);

    public SourceSilence SilenceOf(StreamNode source) => job.SilenceOf(source);

    /// <summary>How a source of this actor waits for the snapshots of others.</summary>
    public SnapshotGate SnapshotGateOf(StreamNode source, int partitions) => new(
        job.SnapshotOf(source), [.. job.Plan.SnapshotWaits.WaitsFor(source).Select(other => job.SnapshotOf(other)!)], partitions,
            Context.Inbox);

    public void AddEntry<T>(IConsumer<T> consumer) =>
        job.AddEntry(
            consumer, Context.Instance, new InputPort<T>(Attach(consumer), job.PoolOf(consumer), job.Plan.GranularityOf(consumer.Node)));

    /// <summary>What the inputs of one node share in this actor: built, and taken in, by the first that asks.</summary>
    public TShared SharedOf<TShared>(StreamNode node, Func<TShared> make)
        where TShared : class
    {
        if (!_shared.TryGetValue(node, out object? shared))
            _shared[node] = shared = Host(make());
        return (TShared)shared;
    }

    /// <summary>Takes a part into the actor, by the interfaces that it implements: all that it takes to be resumed, asked at barriers, told
    /// the time.</summary>
    /// <remarks>
    /// What <see cref="IConsumer{T}.Attach"/> and <see cref="SharedOf"/> give is taken in by itself. A part inside of such a one is handed
    /// in by whoever builds it, after all that is downstream of it: parts are resumed in the order in which they were taken in.
    /// </remarks>
    public TPart Host<TPart>(TPart part)
        where TPart : class
    {
        if (!Context.Host(part))
            return part;
        if (part is IRegion region)
            job.Regions.Add(region);
        if (part is SenderErrors errors)
            job.SenderErrors.Add(errors);
        if (part is RowCount count)
            job.Counts.Add(count);
        return part;
    }

    public BatchPool<T> PoolOf<T>(IConsumer<T> consumer) => job.PoolOf(consumer);

    /// <summary>A lane into each of the inboxes.</summary>
    public IReadOnlyList<Outlet> Lanes<T>(IReadOnlyList<InputPort<T>> ports, IReadOnlyList<Inbox> inboxes) =>
        [.. ports.Select((port, i) => inboxes[i].AddLane(Context.Inbox, port, Options.LaneBatches))];

    /// <summary>A lane into one of the inboxes: this actor's number, going round.</summary>
    public (OutputPort Port, Receiver<T> Entry) Forward<T>(IConsumer<T> consumer, IReadOnlyList<InputPort<T>> ports,
        IReadOnlyList<Inbox> inboxes)
    {
        int target = Context.Instance % ports.Count;
        var port = new Forward<T>(Context, inboxes[target].AddLane(Context.Inbox, ports[target], Options.LaneBatches), PoolOf(consumer));
        return (port, port.Entry);
    }

    public OperatorErrors ErrorsOf(StreamNode node)
    {
        // A dead letter that cannot be written cannot become another one.
        ErrorPolicy policy = node == job.Plan.DeadLetters ? ErrorPolicy.Fail : node.Errors ?? Options.Errors;
        Receiver<DeadLetter>? deadLetters = policy == ErrorPolicy.Skip || job.Plan.KeepsDeadLetters(node)
            ? _deadLetters ??= ReceiverOf(job.Plan.DeadLetters!) : null;
        return new OperatorErrors(Context.Pipeline, node.Name, policy, deadLetters, job.Partitions);
    }

    private Receiver<T> ReceiverOf<T>(IConsumer<T> consumer)
    {
        if (job.Plan.StageOf(consumer.Node) == stage)
            return Attach(consumer);
        (List<InputPort<T>> ports, List<Inbox> inboxes) = job.EntriesOf(consumer);
        (OutputPort port, Receiver<T> entry) = consumer.Connect(this, ports, inboxes);
        Host(port);
        return entry;
    }

    /// <summary>The one place where operators are built: whatever one is made of stands behind all that it sends to.</summary>
    private Receiver<T> Attach<T>(IConsumer<T> consumer) => Host(consumer.Attach(this));
}
