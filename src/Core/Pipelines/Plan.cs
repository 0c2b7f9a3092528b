using ActorStreams.Core.Sources;

namespace ActorStreams.Core.Pipelines;

/// <summary>How a pipeline runs: its nodes fused into stages, cut at changes of key and where the number of actors changes.</summary>
internal sealed class Plan
{
    private const long DefaultGranularity = 1_000_000;

    private readonly Dictionary<StreamNode, StagePlan> _stageOf = [];
    private readonly Dictionary<StreamNode, List<StreamNode>> _consumersOf = [];
    private readonly HashSet<StreamNode> _withSourceWatermarks = [];

    /// <param name="pipeline">What to run.</param>
    /// <param name="options">How.</param>
    /// <param name="partitions">The partitions of each source, once they are known; a plan that is only described has none.</param>
    public Plan(Pipeline pipeline, JobOptions options, IReadOnlyDictionary<StreamNode, IReadOnlyList<string>>? partitions)
    {
        (Pipeline, Options) = (pipeline, options);
        Check(pipeline);
        EventTimes = new EventTimeFlow(pipeline);
        Nodes = [.. pipeline.Nodes];
        SnapshotWaits = new SnapshotWaits(pipeline, Nodes);
        bool skips = Nodes.Any(node => (node.Errors ?? options.Errors) == ErrorPolicy.Skip);
        HasPositions = skips || Nodes.Any(node => node.NeedsPositions);
        if (skips || Nodes.Any(KeepsDeadLetters))
        {
            DeadLetters = new DeadLetterNode(new SkippedRows(), pipeline.DeadLetterSink);
            Nodes = [.. Nodes, DeadLetters];
        }

        foreach (StreamNode node in Nodes)
        {
            foreach (StreamNode input in node.Inputs)
                (_consumersOf.TryGetValue(input, out List<StreamNode>? list) ? list : _consumersOf[input] = []).Add(node);
        }

        foreach (StreamNode node in Nodes)
            Place(node, partitions);
        foreach (StreamNode node in Nodes)
        {
            if (node.NeedsSourceWatermarks)
                AddSourceWatermarks(node, node.Inputs);
        }
    }

    public Pipeline Pipeline { get; }

    /// <summary>Which rows have event times.</summary>
    public EventTimeFlow EventTimes { get; }

    public JobOptions Options { get; }

    public IReadOnlyList<StreamNode> Nodes { get; }

    public SnapshotWaits SnapshotWaits { get; }

    /// <summary>Each after those it reads from.</summary>
    public List<StagePlan> Stages { get; } = [];

    /// <summary>Rows carry their positions: an operator may skip one, and the dead letter names its position, or an operator tells rows
    /// apart by them.</summary>
    public bool HasPositions { get; }

    /// <summary>Where skipped rows go, in a stage of its own.</summary>
    public SinkNode<DeadLetter>? DeadLetters { get; }

    /// <summary>Whether a node keeps rows as dead letters whatever its error policy says: late ones, or those from far ahead of the
    /// clock.</summary>
    public bool KeepsDeadLetters(StreamNode node) => node.NeedsDeadLetters
        || (Options.MaxEventTimeAhead is not null && node is ISourceNode { AssignsEventTimes: true });

    /// <summary>Whether rows come from <paramref name="node"/>, or to it, with the watermark of their source partition: only on the way to
    /// an operator that asks for it.</summary>
    public bool CarriesSourceWatermarks(StreamNode node) => _withSourceWatermarks.Contains(node);

    public StagePlan StageOf(StreamNode node) => _stageOf[node];

    public IReadOnlyList<StreamNode> ConsumersOf(StreamNode node) => _consumersOf.TryGetValue(node, out List<StreamNode>? list) ? list : [];

    /// <summary>The greatest common divisor of all event-time boundaries downstream of a source.</summary>
    public long GranularityOf(StreamNode source)
    {
        long divisor = 0;
        var seen = new HashSet<StreamNode>();
        Visit(source);
        return divisor == 0 ? DefaultGranularity : divisor;

        void Visit(StreamNode node)
        {
            if (!seen.Add(node))
                return;
            divisor = EventTime.GreatestCommonDivisor(divisor, node.WatermarkGranularity);
            foreach (StreamNode consumer in ConsumersOf(node))
                Visit(consumer);
        }
    }

    /// <summary>Whether rows of a source reach an operator.</summary>
    public bool IsAbove(string source, string operatorName)
    {
        var seen = new HashSet<StreamNode>();
        return Nodes.FirstOrDefault(node => node.Name == operatorName) is { } found && Reaches(found);

        bool Reaches(StreamNode node) => seen.Add(node) && ((node is ISourceNode && node.Name == source) || node.Inputs.Any(Reaches));
    }

    /// <summary>What can be done about a partition whose watermark stands still.</summary>
    public string RemedyOf(SourcePosition position) =>
        Nodes.FirstOrDefault(node => node.Name == position.Source) is ISourceNode source ? source.RemedyOf(position, Options) : "";

    private static void Check(Pipeline pipeline)
    {
        if (!pipeline.Nodes.Any(node => node is ISinkNode))
            throw new PipelineException(
                $"Pipeline '{pipeline.Name}' has no sink, so it would do nothing: end at least one stream with Write.");
        foreach (StreamNode node in pipeline.Nodes)
            node.Validate(pipeline.Name);
    }

    private void AddSourceWatermarks(StreamNode node, IReadOnlyList<StreamNode> from)
    {
        if (!_withSourceWatermarks.Add(node))
            return;
        foreach (StreamNode input in from)
            AddSourceWatermarks(input, input.SourceWatermarksFrom ?? []);
    }

    private void Place(StreamNode node, IReadOnlyDictionary<StreamNode, IReadOnlyList<string>>? partitions)
    {
        int wanted = Math.Min(Options.Parallelism, node.MaxParallelism);
        StagePlan stage;
        if (node is ISourceNode)
        {
            int count = partitions?[node].Count ?? 1;
            stage = NewStage(Math.Max(1, Math.Min(Options.Parallelism, count)));
        }
        else if (node == DeadLetters)
        {
            stage = NewStage(1);
        }
        else
        {
            if (node.StageMate is { } mate)
            {
                Add(node, _stageOf[mate]);
                return;
            }

            StagePlan[] inputs = [.. node.Inputs.Select(input => _stageOf[input]).Distinct()];
            int widest = inputs.Max(input => input.Parallelism);
            if (node.IsKeyed)
                stage = inputs.Length == 1 && widest == 1 && wanted == 1 && !node.StartsStage ? inputs[0] : NewStage(wanted);
            else if (node.StartsStage || inputs.Length > 1)
                stage = NewStage(Math.Min(widest, node.MaxParallelism));
            else
                stage = node.MaxParallelism < widest ? NewStage(node.MaxParallelism) : inputs[0];
        }

        Add(node, stage);
    }

    private void Add(StreamNode node, StagePlan stage)
    {
        stage.Nodes.Add(node);
        _stageOf[node] = stage;
    }

    private StagePlan NewStage(int parallelism)
    {
        var stage = new StagePlan(Stages.Count, parallelism);
        Stages.Add(stage);
        return stage;
    }

    /// <summary>The rows that operators skip: an input without a source.</summary>
    private sealed class SkippedRows() : StreamNode<DeadLetter>("skipped-rows", "skipped rows");
}

/// <summary>Nodes fused into one kind of actor.</summary>
internal sealed class StagePlan(int number, int parallelism)
{
    public int Number { get; } = number;

    public int Parallelism { get; } = parallelism;

    public List<StreamNode> Nodes { get; } = [];

    public override string ToString() => string.Join("+", Nodes.Select(node => node.Name));
}
