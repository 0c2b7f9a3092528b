using ActorStreams.Operators.Stateless;

namespace ActorStreams;

/// <summary>One row in, any number out.</summary>
public static class FlatMapOperator
{
    /// <summary>Turns every row into any number of rows, in the order in which they are enumerated; event time stays.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="map">
    /// T → TOut, none to any number. Enumerated lazily and only as fast as output takes rows, so a row may become millions in bounded
    /// memory; the enumerator is disposed of at its end, when it throws, and when the job ends before. Null is an error: an empty sequence
    /// says that there are no rows.
    /// </param>
    /// <param name="name">The operator's name in plans and errors; made up if null.</param>
    /// <param name="errors">
    /// What becomes of a row on which <paramref name="map"/> or its enumeration throws; null: as the job's options say. With
    /// <see cref="ErrorPolicy.Skip"/>, what was enumerated before the error has been put out and stays, and the input row is the dead
    /// letter.
    /// </param>
    /// <returns>The rows, each with the event time (and the position, for dead letters) of the row it came from.</returns>
    /// <remarks>Keeps at most a chunk of 256 rows in and one of 256 rows out. An epoch ends between two input rows, so one that becomes
    /// very many delays the commit until all of them are out; a sequence without an end would hold its epoch for ever.</remarks>
    public static Stream<TOut> FlatMap<T,
        TOut>(this Stream<T> source, Func<T, IEnumerable<TOut>> map, string? name = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        return source.Add(new FlatMapNode<T, TOut>(name ?? source.Pipeline.NameFor("flat-map"), source.Node, map) { Errors = errors });
    }
}

internal sealed class FlatMapNode<TIn, TOut>(string name, StreamNode<TIn> input, Func<TIn, IEnumerable<TOut>> map)
    : OperatorNode<TIn, TOut>(name, "flat-map", input)
{
    public override IReadOnlyList<StreamNode> SourceWatermarksFrom => Inputs;

    public override Receiver<TIn> Attach(StageBuild build)
    {
        var output = new RowBuffer<TOut>(build.Context, build.Downstream(this), build.WithPositions);
        return new FlatMap<TIn, TOut>(map, output, build.ErrorsOf(this), build.Context);
    }
}

internal sealed class FlatMap<TIn, TOut>(
    Func<TIn, IEnumerable<TOut>> map, RowBuffer<TOut> output, OperatorErrors errors, StageContext context)
    : HoldingOperator<TIn, TOut>(output, context)
{
    /// <summary>Chunks put out in one go. Output that never fills must not keep the actor from its cancellation, nor others from their
    /// turn.</summary>
    private const int ChunksPerTurn = 64;

    private IEnumerator<TOut>? _children;
    private TIn _row = default!;
    private long _time;
    private long _position;
    private int _chunks;

    public override void OnChunk(in Chunk<TIn> chunk)
    {
        _chunks = 0;
        int row = 0;

        // Also while it is suspended: what comes then is of the same chunk as the rows it holds.
        Output.SourceWatermark = chunk.SourceWatermark;
        if (!IsSuspended && !Context.MustYield)
        {
            while (row < chunk.Count)
            {
                Begin(chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
                row++;
                if (!Enumerate())
                    break;
            }

            if (_children is null && !Context.MustYield)
            {
                Output.Send();
                return;
            }
        }

        Hold(chunk.Slice(row, chunk.Count - row));
    }

    public override Fired Fire()
    {
        _chunks = 0;
        if (!Enumerate())
            return Fired.Stopped;
        while (Waiting.TryTake(out TIn row, out long time, out long position))
        {
            Begin(row, time, position);
            if (!Enumerate())
                return Fired.Stopped;
        }

        return Fired.All;
    }

    public override ValueTask CloseAsync()
    {
        try
        {
            _children?.Dispose();
        }
        catch (Exception)
        {
            // The job ends in the middle of the rows: what the sequence says to that does not matter.
        }

        return ValueTask.CompletedTask;
    }

    private void Begin(TIn row, long time, long position)
    {
        (_row, _time, _position) = (row, time, position);
        try
        {
            IEnumerable<TOut> children = map(row)
                ?? throw new InvalidOperationException("The function returned null. Return an empty sequence for a row that becomes none.");
            _children = children.GetEnumerator();
        }
        catch (Exception error)
        {
            errors.OnRow(error, row, time, position);
        }
    }

    /// <returns>Whether the row is done and the next one may begin; false if output must be taken first.</returns>
    private bool Enumerate()
    {
        while (_children is not null)
        {
            if (Output.IsFull)
            {
                if (Context.MustYield)
                    return false;
                Output.Send();
                if (++_chunks == ChunksPerTurn)
                    Context.Yield();
                if (Context.MustYield)
                    return false;
            }

            Fill(_children);
        }

        return !Context.MustYield;
    }

    /// <summary>Takes children until the buffer is full or there are no more. Only user code runs inside the guard, nothing downstream
    /// does.</summary>
    private void Fill(IEnumerator<TOut> children)
    {
        try
        {
            while (!Output.IsFull)
            {
                if (!children.MoveNext())
                {
                    _children = null;
                    children.Dispose();
                    return;
                }

                Output.Add(children.Current, _time, _position);
            }
        }
        catch (Exception error)
        {
            bool isOpen = _children is not null;
            _children = null;
            if (isOpen)
                DisposeAfterError(children);
            errors.OnRow(error, _row, _time, _position);
        }
    }

    private static void DisposeAfterError(IEnumerator<TOut> children)
    {
        try
        {
            children.Dispose();
        }
        catch (Exception)
        {
            // The first error is the one to tell.
        }
    }
}
