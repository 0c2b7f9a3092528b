using System.Runtime.CompilerServices;

namespace ActorStreams;

/// <summary>Some rows go on.</summary>
public static class FilterOperator
{
    /// <summary>Keeps the rows for which <paramref name="predicate"/> holds; the others are gone.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="predicate">Whether to keep a row. If it throws, the error policy decides.</param>
    /// <param name="name">The operator's name in plans and errors; made up if null.</param>
    /// <param name="errors">What becomes of a row on which <paramref name="predicate"/> throws; null: as the job's options say.</param>
    public static Stream<T> Filter<T>(this Stream<T> source, Func<T, bool> predicate, string? name = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return source.Add(new FilterNode<T>(name ?? source.Pipeline.NameFor("filter"), source.Node, predicate) { Errors = errors });
    }
}

internal sealed class FilterNode<T>(string name, StreamNode<T> input, Func<T, bool> predicate) : OperatorNode<T, T>(name, "filter", input)
{
    public override ChangelogMode Changelog => InputsChangelog;

    public override IReadOnlyList<StreamNode> SourceWatermarksFrom => Inputs;

    public override Receiver<T> Attach(StageBuild build) =>
        LoopSite.Of(predicate, new Maker(predicate, build.Downstream(this), build.ErrorsOf(this)));

    private sealed class Maker(Func<T, bool> predicate, Receiver<T> output, OperatorErrors errors) : ILoopMaker<Receiver<T>>
    {
        public Receiver<T> Make<TSite>()
            where TSite : struct => new Filter<T, TSite>(predicate, output, errors);
    }
}

internal sealed class Filter<T, TSite>(Func<T, bool> predicate, Receiver<T> output, OperatorErrors errors) : Receiver<T>
    where TSite : struct
{
    private readonly T[] _rows = new T[Chunk<T>.Size];
    private readonly long[] _times = new long[Chunk<T>.Size];
    private readonly long[] _positions = new long[Chunk<T>.Size];

    public override void OnChunk(in Chunk<T> chunk)
    {
        int kept = 0, row = 0;
        while (true)
        {
            try
            {
                Keep(chunk, ref row, ref kept);
                break;
            }
            catch (Exception error)
            {
                // What is left of the chunk goes out in one call, as back-pressure wants it.
                errors.OnRow(error, chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
                row++;
            }
        }

        if (kept > 0)
            output.OnChunk(
                new Chunk<T>(_rows.AsSpan(0, kept), _times.AsSpan(0, kept), chunk.Positions.IsEmpty ? default
                : _positions.AsSpan(0, kept))
                { SourceWatermark = chunk.SourceWatermark });
    }

    public override void OnWatermark(long watermark) => output.OnWatermark(watermark);

    /// <summary>Keeps rows from <paramref name="row"/> on; both counts are right when the predicate throws.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Keep(in Chunk<T> chunk, ref int row, ref int kept)
    {
        ReadOnlySpan<T> rows = chunk.Rows;
        ReadOnlySpan<long> times = chunk.Times[..rows.Length];
        ReadOnlySpan<long> positions = chunk.Positions;
        T[] keptRows = _rows;
        long[] keptTimes = _times;
        Func<T, bool> isKept = predicate;
        int to = kept;
        for (int at = row; at < rows.Length; at++)
        {
            // Written always, counted only if kept: no branch on the data.
            (row, kept) = (at, to);
            keptRows[to] = rows[at];
            keptTimes[to] = times[at];
            if (!positions.IsEmpty)
                _positions[to] = positions[at];
            to += Unsafe.BitCast<bool, byte>(isKept(rows[at]));
        }

        kept = to;
    }
}
