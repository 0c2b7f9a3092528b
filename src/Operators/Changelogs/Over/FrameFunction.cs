using ActorStreams.Operators.Stateless;

namespace ActorStreams.Operators.Changelogs.Over;

/// <summary>Aggregates over a frame: what enters it is added, what leaves it is taken away.</summary>
/// <param name="window">The frame.</param>
/// <param name="argument">What the aggregates read of a row.</param>
/// <param name="add">A state with a row more.</param>
/// <param name="remove">A state with a row less; null: it cannot be taken away exactly, so each frame is added up by itself.</param>
/// <param name="put">A result with the columns that are computed of the state.</param>
internal sealed class FrameFunction<TRow, TArgument, TState, TResult>(
    FrameWindow<TRow> window, RowFunction<TRow, TArgument> argument, PairFunction<TState, TArgument, TState> add,
    PairFunction<TState, TArgument, TState>? remove, PairFunction<TResult, TState, TResult> put) : OverFunction<TRow, TResult>
{
    private TArgument[] _arguments = [];

    public override int Before => window.Before;

    public override int Final(OrderedRows<TRow> rows, long watermark) => window.Final(rows, watermark);

    public override void Fill(OrderedRows<TRow> rows, Span<TResult> results)
    {
        (ReadOnlyMemory<int> startsOf, ReadOnlyMemory<int> endsOf) = window.Find(rows);
        ReadOnlySpan<int> starts = startsOf.Span, ends = endsOf.Span;
        if (_arguments.Length < rows.Count)
            _arguments = new TArgument[rows.Count * 2];
        for (int row = 0; row < rows.Count; row++)
            _arguments[row] = argument(rows[row]);
        if (window.Frame.Without != FrameWithout.Nothing)
        {
            for (int row = 0; row < rows.Count; row++)
                results[row] = put(results[row], Excluding(rows, row, starts[row], ends[row]));
            return;
        }

        TState state = default!, none = default!;
        int from = 0, to = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            (int start, int end) = (starts[row], ends[row]);
            if (start >= end)
            {
                results[row] = put(results[row], none);
                continue;
            }

            if (start >= to || (start > from && remove is null))
                (state, from, to) = (default!, start, start);
            for (; from < start; from++)
                state = remove!(state, _arguments[from]);
            for (; to < end; to++)
                state = add(state, _arguments[to]);
            results[row] = put(results[row], state);
        }
    }

    private TState Excluding(OrderedRows<TRow> rows, int row, int start, int end)
    {
        (int first, int behind) = window.Frame.Without == FrameWithout.CurrentRow ? (row, row + 1)
            : (rows.StartOf(rows.GroupOf(row)), rows.StartOf(rows.GroupOf(row) + 1));
        bool keepsRow = window.Frame.Without == FrameWithout.Ties;
        TState state = default!;
        for (int at = start; at < end; at++)
        {
            if (at < first || at >= behind || (keepsRow && at == row))
                state = add(state, _arguments[at]);
        }

        return state;
    }
}
