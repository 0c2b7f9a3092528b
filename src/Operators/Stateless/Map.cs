using ActorStreams.Core.Actors;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Records;

namespace ActorStreams.Operators.Stateless;

/// <summary>One row in, one row out.</summary>
public static class MapOperator
{
    /// <summary>Turns every row into another; event time stays.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="map">T → TOut. If it throws, the error policy decides.</param>
    /// <param name="name">The operator's name in plans and errors; made up if null.</param>
    /// <param name="errors">What becomes of a row on which <paramref name="map"/> throws; null: as the job's options say.</param>
    public static Stream<TOut> Map<T, TOut>(this Stream<T> source, Func<T, TOut> map, string? name = null, Core.Jobs.ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        return source.Add(new MapNode<T, TOut>(name ?? source.Pipeline.NameFor("map"), source.Node, map) { Errors = errors });
    }
}

internal sealed class MapNode<TIn, TOut>(string name, StreamNode<TIn> input, Func<TIn, TOut> map) : OperatorNode<TIn, TOut>(name, "map", input)
{
    public override Receiver<TIn> Attach(ActorBuild build) => new Map<TIn, TOut>(map, build.Downstream(this), build.ErrorsOf(this));
}

internal sealed class Map<TIn, TOut>(Func<TIn, TOut> map, Receiver<TOut> output, OperatorErrors errors) : Receiver<TIn>
{
    private readonly TOut[] _rows = new TOut[Chunk<TIn>.Size];

    public override void OnChunk(in Chunk<TIn> chunk)
    {
        ReadOnlySpan<TIn> rows = chunk.Rows;
        Span<TOut> mapped = _rows.AsSpan(0, rows.Length);
        Func<TIn, TOut> function = map;
        int row = 0;
        try
        {
            for (; row < rows.Length; row++)
                mapped[row] = function(rows[row]);
        }
        catch (Exception error)
        {
            Emit(chunk.Slice(0, row));
            errors.OnRow(error, rows[row], chunk.Times[row], chunk.PositionOf(row));
            OnChunk(chunk.Slice(row + 1, rows.Length - row - 1));
            return;
        }

        Emit(chunk);
    }

    public override void OnWatermark(long watermark) => output.OnWatermark(watermark);

    private void Emit(in Chunk<TIn> chunk)
    {
        if (chunk.Count > 0)
            output.OnChunk(new Chunk<TOut>(_rows.AsSpan(0, chunk.Count), chunk.Times, chunk.Positions));
    }
}
