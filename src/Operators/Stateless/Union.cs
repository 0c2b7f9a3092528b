namespace ActorStreams;

/// <summary>Streams of one type become one.</summary>
public static class UnionOperator
{
    /// <summary>All rows of all streams, each as often as it comes: a stream united with itself gives its rows twice.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="others">Further streams of the same pipeline; none: <paramref name="source"/> itself.</param>
    /// <returns>
    /// T, T, … → T, at their own event times. The rows of one actor of one input stay in order; how inputs are interleaved is not promised.
    /// The watermark is the least of all inputs' (idle ones have no say), so that no row of a slower input becomes late by a faster one.
    /// </returns>
    /// <remarks>Keeps nothing. Starts a stage of its own.</remarks>
    /// <exception cref="PipelineException">A stream belongs to another pipeline.</exception>
    public static Stream<T> Union<T>(this Stream<T> source, params Stream<T>[] others)
    {
        ArgumentNullException.ThrowIfNull(others);
        if (others.Length == 0)
            return source;
        var inputs = new List<StreamNode<T>> { source.Node };
        foreach (Stream<T> other in others)
        {
            ArgumentNullException.ThrowIfNull(other, nameof(others));
            if (other.Pipeline != source.Pipeline)
            {
                throw new PipelineException(
                    $"Pipeline '{source.Pipeline.Name}': '{source.Node.Name}' cannot be united with '{other.Node.Name}' of pipeline " +
                    $"'{other.Pipeline.Name}'. Build both in one pipeline, or write one to a topic that the other reads.");
            }

            inputs.Add(inputs.Contains(other.Node) ? Again(other) : other.Node);
        }

        return source.Add(new UnionNode<T>(source.Pipeline.NameFor("union"), [.. inputs]));
    }

    /// <summary>A node is connected to a consumer once; to be an input twice it needs a second face.</summary>
    private static StreamNode<T> Again<T>(Stream<T> stream) => stream.Add(new SameNode<T>(stream.Pipeline.NameFor("again"), stream.Node))
        .Node;
}

/// <summary>Several inputs of one type: each upstream actor has a lane, and all lanes of an actor meet in one port, which keeps the least
/// watermark.</summary>
internal sealed class UnionNode<T>(string name, StreamNode<T>[] inputs) : StreamNode<T>(name, "union", inputs), IConsumer<T>, IStageEntry
{
    public override ChangelogMode Changelog => InputsChangelog;

    public override IReadOnlyList<StreamNode> SourceWatermarksFrom => Inputs;

    public override bool StartsStage => true;

    public StreamNode Node => this;

    public Receiver<T> Attach(StageBuild build) => build.Downstream(this);

    public void AttachEntry(StageBuild build) => build.AddEntry(this);

    public (OutputPort Port, Receiver<T> Entry) Connect(StageBuild sender, IReadOnlyList<InputPort<T>> ports,
        IReadOnlyList<Inbox> inboxes) =>
        sender.Forward(this, ports, inboxes);
}

/// <summary>The same rows once more.</summary>
internal sealed class SameNode<T>(string name, StreamNode<T> input) : OperatorNode<T, T>(name, "again", input)
{
    public override ChangelogMode Changelog => InputsChangelog;

    public override IReadOnlyList<StreamNode> SourceWatermarksFrom => Inputs;

    public override Receiver<T> Attach(StageBuild build) => build.Downstream(this);
}
