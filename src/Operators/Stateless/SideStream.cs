using ActorStreams.Core;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sinks;

namespace ActorStreams.Operators.Stateless;

/// <summary>What comes out of an operator beside its results; there once the operator is built.</summary>
/// <typeparam name="T">The row.</typeparam>
public abstract class SideStream<T>
{
    private readonly string _missing;

    private protected SideStream(string missing) => _missing = missing;

    /// <summary>The rows.</summary>
    /// <exception cref="PipelineException">The operator is not built yet.</exception>
    public Stream<T> Stream
    {
        get => field ?? throw new PipelineException(_missing);
        internal set;
    }

    /// <summary>Writes the rows to a sink.</summary>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <param name="sink">The sink.</param>
    public void Write(string name, Sink<T> sink) => Stream.Write(name, sink);
}
