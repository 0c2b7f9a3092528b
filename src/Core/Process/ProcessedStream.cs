using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Process;

namespace ActorStreams;

/// <summary>What a process function puts out; its further outputs are read from here.</summary>
/// <typeparam name="T">The row.</typeparam>
public sealed class ProcessedStream<T> : Stream<T>
{
    private readonly TaggedOutputs _outputs;

    internal ProcessedStream(Pipeline pipeline, StreamNode<T> node, TaggedOutputs outputs)
        : base(pipeline, node) => _outputs = outputs;

    /// <summary>The rows that the function emits for a tag. Rows for tags that nobody reads are dropped.</summary>
    /// <remarks>
    /// Rows have the event time at which they were emitted, and the stream has the watermark of the operator, so windows on it are complete
    /// together with those on the results. Like these, the rows of a function's call that throws are taken back. No order is promised
    /// between two outputs.
    /// </remarks>
    /// <param name="tag">The tag that the function emits for.</param>
    /// <exception cref="PipelineException">Another tag of the same name has rows of another type, or the name is not possible.</exception>
    public Stream<TSide> SideOutput<TSide>(OutputTag<TSide> tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return _outputs.Read(Pipeline, tag);
    }
}
