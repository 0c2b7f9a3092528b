using ActorStreams.Core.Pipelines;

namespace ActorStreams;

/// <summary>What to compute: a typed graph of sources, operators and sinks.</summary>
/// <remarks>
/// Streams are immutable descriptions; every call adds a node and returns a new one, and nothing runs until a
/// <see cref="Job"/> starts the pipeline. A pipeline can be started any number of times, and tested with the TestKit.
/// </remarks>
public sealed class Pipeline
{
    private readonly List<StreamNode> _nodes = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    private Pipeline(string name) => Name = name;

    /// <summary>The name: it keys everything the job stores.</summary>
    public string Name { get; }

    /// <summary>Every node, each after its inputs.</summary>
    internal IReadOnlyList<StreamNode> Nodes => _nodes;

    internal Sink<DeadLetter> DeadLetterSink { get; private set; } = new DeadLetterTable();

    /// <summary>An empty pipeline.</summary>
    /// <param name="name">1 to 64 letters, digits, <c>-</c> and <c>_</c>; stable, because stored data is keyed by it.</param>
    public static Pipeline Create(string name)
    {
        if (!IsName(name))
            throw new PipelineException($"'{name}' is not a pipeline name: use 1 to 64 letters, digits, '-' and '_'.");
        return new Pipeline(name);
    }

    /// <summary>Reads a source.</summary>
    /// <param name="name">Stable and unique in the pipeline: the stored offsets are keyed by it.</param>
    /// <param name="source">The source.</param>
    /// <param name="errors">What becomes of records that cannot be read; null: as <see cref="JobOptions.Errors"/> says.</param>
    public SourceStream<T> Read<T>(string name, Source<T> source, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        var node = new SourceNode<T>(name, source) { Errors = errors };
        Add(node);
        return new SourceStream<T>(this, node);
    }

    /// <summary>Sends the rows that operators skip to <paramref name="sink"/> instead of the store's table <c>dead_letters</c>.</summary>
    public Pipeline DeadLettersTo(Sink<DeadLetter> sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        DeadLetterSink = sink;
        return this;
    }

    /// <summary>The graph and how it would run, as text: one line per node, stages by number.</summary>
    /// <param name="options">The job's options; null: the defaults.</param>
    public string Describe(JobOptions? options = null) => PlanText.Describe(new Plan(this, options ?? new JobOptions(), null));

    /// <summary>The graph and its stages as a Mermaid flow chart.</summary>
    /// <param name="options">The job's options; null: the defaults.</param>
    public string DescribeAsMermaid(JobOptions? options = null) => PlanText.Mermaid(new Plan(this, options ?? new JobOptions(), null));

    internal void Add(StreamNode node)
    {
        if (!IsName(node.Name))
            throw new PipelineException(
                $"Pipeline '{Name}': '{node.Name}' is not an operator name: use 1 to 64 letters, digits, '-' and '_'.");
        if (!_names.Add(node.Name))
        {
            throw new PipelineException(
                $"Pipeline '{Name}': two operators are named '{node.Name}'. Names key the stored state; give each operator its own.");
        }

        node.Id = _nodes.Count;
        _nodes.Add(node);
    }

    /// <summary>A name for an operator without state, which nobody needs to know.</summary>
    internal string NameFor(string kind)
    {
        int number = _nodes.Count;
        string name = $"{kind}-{number}";
        while (_names.Contains(name))
            name = $"{kind}-{++number}";
        return name;
    }

    private static bool IsName(string name) =>
        name is { Length: >= 1 and <= 64 } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
