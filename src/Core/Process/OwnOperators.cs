using ActorStreams.Core.Process;

namespace ActorStreams.Authoring;

/// <summary>Adds operators of one's own to a pipeline: what the extension method of such an operator calls.</summary>
public static class OwnOperators
{
    /// <summary>Runs an operator of one's own on a keyed stream.</summary>
    /// <param name="stream">The rows, by key.</param>
    /// <param name="name">Stable and unique in the pipeline: states and timers are stored under it.</param>
    /// <param name="create">Makes an instance; called once for each region, and once more to check the states.</param>
    /// <param name="errors">What becomes of a row or timer on which the operator throws; null: as the job's options say. A skipped row
    /// leaves no trace
    /// in the states.</param>
    /// <returns>(TKey, TIn) → whatever the operator emits; further outputs are read by their tags.</returns>
    /// <exception cref="PipelineException">The name is taken, or a state cannot be stored.</exception>
    public static ProcessedStream<TOut> Apply<TKey, TIn, TOut>(
        this KeyedStream<TKey, TIn> stream, string name, Func<BatchOperator<TKey, TIn, TOut>> create, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(create);
        var node = new UserCodeNode<TKey, TIn, TOut, BatchOperator<TKey, TIn, TOut>>(name, "own", stream, create,
            static (site, output, own, code) => new BatchRegion<TKey, TIn, TOut>(site, output, own, code))
        { Errors = errors };
        stream.Stream.Pipeline.Add(node);
        return new ProcessedStream<TOut>(stream.Stream.Pipeline, node, node.Outputs);
    }

    /// <summary>Runs an operator of one's own on two keyed streams.</summary>
    /// <param name="streams">The two, by the same type of key: <c>left.Connect(right)</c>.</param>
    /// <param name="name">Stable and unique in the pipeline: states and timers are stored under it.</param>
    /// <param name="create">Makes an instance; called once for each region, and once more to check the states.</param>
    /// <param name="errors">What becomes of a row or timer on which the operator throws; null: as the job's options say. A skipped row
    /// leaves no trace
    /// in the states.</param>
    /// <returns>(TKey, TLeft), (TKey, TRight) → whatever the operator emits; further outputs are read by their tags.</returns>
    /// <exception cref="PipelineException">The name is taken, a state cannot be stored, or the streams belong to two pipelines.</exception>
    public static ProcessedStream<TOut> Apply<TKey, TLeft, TRight, TOut>(
        this ConnectedStreams<TKey, TLeft, TRight> streams, string name, Func<TwoInputBatchOperator<TKey, TLeft, TRight, TOut>> create,
        ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(streams);
        ArgumentNullException.ThrowIfNull(create);
        return streams.Process<TOut, TwoInputBatchOperator<TKey, TLeft, TRight, TOut>>(name, "own", create,
            static (site, output, own, code) => new TwoInputBatchRegion<TKey, TLeft, TRight, TOut>(site, output, own, code), errors);
    }
}
