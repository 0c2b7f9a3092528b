namespace ActorStreams.Operators.Late;

/// <summary>What was said to become of late rows; unless anything was, they go to the dead letters.</summary>
internal readonly record struct LateRows<T>
{
    public static LateRows<T> Dropped => new() { AreDropped = true };

    public bool AreDropped { get; private init; }

    /// <summary>The stream they go to; null: to none.</summary>
    public Stream<T>? Stream { get; private init; }

    public bool AreDeadLetters => !AreDropped && Stream is null;

    public static LateRows<T> To(Stream<T> stream) => new() { Stream = stream };
}

/// <summary>The late rows of an operator in the graph: a side output of it, if they go to a stream.</summary>
/// <param name="rows">What becomes of them.</param>
/// <param name="isBySource">Whether rows are judged by the watermark of their source partition.</param>
internal sealed class LateSide<T>(LateRows<T> rows, bool isBySource = false)
{
    private SideNode<T>? _node;

    public bool NeedsDeadLetters => rows.AreDeadLetters;

    /// <summary>Adds the side output to the pipeline; the operator is in it already.</summary>
    public void Open(Pipeline pipeline, StreamNode owner)
    {
        if (rows.Stream is not { } stream)
            return;
        _node = new SideNode<T>($"{owner.Name}-late", owner, passesOn: isBySource);
        pipeline.Add(_node);
        stream.Open(_node);
    }

    /// <summary>What takes the late rows of one region.</summary>
    public LateOutput<T> Output(StageBuild build, OperatorErrors errors) =>
        new(rows, errors, _node is null ? null : build.Downstream(_node), isBySource);

    /// <summary>Where late rows go, for plans.</summary>
    public override string ToString() => rows switch
    {
        { AreDropped: true } => "dropped",
        { Stream: not null } => $"to {_node?.Name}",
        _ => "to dead letters",
    } + (isBySource ? ", judged by source" : "");
}
