using ActorStreams.Core;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sinks;

namespace ActorStreams.Operators.Windows;

/// <summary>The late rows of a window operator.</summary>
/// <remarks>
/// The stream has the watermark of the operator's results, and ends with them. So what was late is late for the next operator by event time too, unless that one
/// waits longer: a window with more allowed lateness takes it. Operators that do not go by event time take it as any row.
/// </remarks>
/// <typeparam name="T">The row.</typeparam>
public sealed class LateStream<T>
{
    private readonly string _name;

    internal LateStream(string name) => _name = name;

    /// <summary>The rows, with their own event times.</summary>
    /// <exception cref="PipelineException">The window operator is not built yet.</exception>
    public Stream<T> Stream
    {
        get => field ?? throw new PipelineException($"The late rows of '{_name}' can be read after its Aggregate was called.");
        internal set;
    }

    /// <summary>Writes the late rows to a sink.</summary>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <param name="sink">The sink.</param>
    public void Write(string name, Sink<T> sink) => Stream.Write(name, sink);
}
