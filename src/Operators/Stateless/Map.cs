using System.Runtime.CompilerServices;

namespace ActorStreams;

/// <summary>One row in, one row out.</summary>
public static class MapOperator
{
    /// <summary>Turns every row into another; event time stays.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="map">T → TOut. If it throws, the error policy decides.</param>
    /// <param name="name">The operator's name in plans and errors; made up if null.</param>
    /// <param name="errors">What becomes of a row on which <paramref name="map"/> throws; null: as the job's options say.</param>
    public static Stream<TOut> Map<T, TOut>(this Stream<T> source, Func<T, TOut> map, string? name = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        return source.Add(new MapNode<T, TOut>(name ?? source.Pipeline.NameFor("map"), source.Node, map) { Errors = errors });
    }
}

internal sealed class MapNode<TIn, TOut>(string name, StreamNode<TIn> input, Func<TIn, TOut> map)
    : OperatorNode<TIn, TOut>(name, "map", input)
{
    public override IReadOnlyList<StreamNode> SourceWatermarksFrom => Inputs;

    public override Receiver<TIn> Attach(StageBuild build) =>
        LoopSite.Of(map, new Maker(map, build.Downstream(this), build.ErrorsOf(this)));

    private sealed class Maker(Func<TIn, TOut> map, Receiver<TOut> output, OperatorErrors errors) : ILoopMaker<Receiver<TIn>>
    {
        public Receiver<TIn> Make<TSite>()
            where TSite : struct => new Map<TIn, TOut, TSite>(map, output, errors);
    }
}

internal sealed class Map<TIn, TOut, TSite>(Func<TIn, TOut> map, Receiver<TOut> output, OperatorErrors errors) : Receiver<TIn>
    where TSite : struct
{
    private readonly TOut[] _rows = new TOut[Chunk<TIn>.Size];
    private long[]? _times;
    private long[]? _positions;

    public override void OnChunk(in Chunk<TIn> chunk)
    {
        ReadOnlySpan<TIn> rows = chunk.Rows;
        int row = 0;
        try
        {
            Apply(rows, _rows.AsSpan(0, rows.Length), ref row);
        }
        catch (Exception error)
        {
            SkipFrom(chunk, row, error);
            return;
        }

        Emit(rows.Length, chunk.Times, chunk.Positions, chunk.SourceWatermark);
    }

    public override void OnWatermark(long watermark) => output.OnWatermark(watermark);

    /// <summary>The inner loop, outside of the try so that its variables stay in registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Apply(ReadOnlySpan<TIn> rows, Span<TOut> mapped, ref int row)
    {
        Func<TIn, TOut> function = map;
        for (int at = 0; at < rows.Length; at++)
        {
            row = at;
            mapped[at] = function(rows[at]);
        }
    }

    /// <summary>Goes on after a row that threw. What is left of the chunk goes out in one call, as back-pressure wants it.</summary>
    private void SkipFrom(in Chunk<TIn> chunk, int row, Exception error)
    {
        ReadOnlySpan<TIn> rows = chunk.Rows;
        long[] times = _times ??= new long[Chunk<TIn>.Size];
        long[] positions = chunk.Positions.IsEmpty ? [] : _positions ??= new long[Chunk<TIn>.Size];
        chunk.Times[..row].CopyTo(times);
        if (positions.Length > 0)
            chunk.Positions[..row].CopyTo(positions);
        errors.OnRow(error, rows[row], chunk.Times[row], chunk.PositionOf(row));
        int kept = row;
        for (row++; row < rows.Length; row++)
        {
            try
            {
                _rows[kept] = map(rows[row]);
            }
            catch (Exception next)
            {
                errors.OnRow(next, rows[row], chunk.Times[row], chunk.PositionOf(row));
                continue;
            }

            times[kept] = chunk.Times[row];
            if (positions.Length > 0)
                positions[kept] = chunk.Positions[row];
            kept++;
        }

        Emit(kept, times.AsSpan(0, kept), positions.Length > 0 ? positions.AsSpan(0, kept) : default, chunk.SourceWatermark);
    }

    private void Emit(int count, ReadOnlySpan<long> times, ReadOnlySpan<long> positions, long sourceWatermark)
    {
        if (count > 0)
            output.OnChunk(new Chunk<TOut>(_rows.AsSpan(0, count), times, positions) { SourceWatermark = sourceWatermark });
    }
}
