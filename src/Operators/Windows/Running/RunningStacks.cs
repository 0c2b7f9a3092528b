using ActorStreams.Operators.Windows.Slices;

namespace ActorStreams.Operators.Windows.Running;

/// <summary>A key's slices in a running window: a front whose suffixes are aggregated, and a back that is aggregated as it grows.</summary>
/// <remarks>The arrays are a queue: [Head, Tail) are in the window, [Head, Middle) are the front.</remarks>
internal sealed class Stacks<TAcc>
{
    public long[] Slices = new long[4];
    public TAcc[] Own = new TAcc[4];
    public TAcc[] Suffixes = new TAcc[4];
    public TAcc Back = default!;
    public int Head, Middle, Tail;
    public bool IsBroken;

    /// <summary>Where the front ends in time: the end of the first window of the present stretch.</summary>
    public long Turn = long.MinValue;

    public int Append(long slice)
    {
        if (Tail == Slices.Length)
            MakeRoom();
        int at = Tail++;
        while (at > Head && Slices[at - 1] > slice)
        {
            (Slices[at], Own[at], Suffixes[at]) = (Slices[at - 1], Own[at - 1], Suffixes[at - 1]);
            at--;
        }

        Slices[at] = slice;
        return at;
    }

    private void MakeRoom()
    {
        int count = Tail - Head;
        if (Head < count)
        {
            Array.Resize(ref Slices, Slices.Length * 2);
            Array.Resize(ref Own, Slices.Length);
            Array.Resize(ref Suffixes, Slices.Length);
            return;
        }

        Array.Copy(Slices, Head, Slices, 0, count);
        Array.Copy(Own, Head, Own, 0, count);
        Array.Copy(Suffixes, Head, Suffixes, 0, count);
        Array.Clear(Own, count, Own.Length - count);
        Array.Clear(Suffixes, count, Suffixes.Length - count);
        (Head, Middle, Tail) = (0, Math.Max(0, Middle - Head), count);
    }
}

/// <summary>Running windows of aggregates that can only be merged: about three merges for each key and slice, whatever the number of
/// slices.</summary>
/// <remarks>
/// A window is the aggregate of a suffix of the stretch of time that it begins in, and of a prefix of the next; stretches are one window
/// long. Suffixes are computed once, when the first window of a stretch fires. Queues of two stacks do the same, but turn the back over
/// when the front is empty, which depends on what has happened before; here the turn depends on time alone, so a recovery groups the merges
/// alike and even floating-point results are the same to the last bit.
/// </remarks>
/// <seealso href="https://doi.org/10.1016/0167-8655(92)90069-C">van Herk: A fast algorithm for local minimum and maximum filters
/// (1992).</seealso>
/// <seealso href="https://doi.org/10.1145/3093742.3093925">Tangwongsan, Hirzel, Schneider: Low-latency sliding-window aggregation in
/// worst-case constant time (2017): two stacks and DABA.</seealso>
internal struct RunningStacks<T, TAgg, TAcc, TOut>(TAgg aggregator, SliceGrid grid) : IRunningWindow<TAcc, TOut, Stacks<TAcc>?>
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public void Enter(ref Stacks<TAcc>? run, long slice, in TAcc accumulator)
    {
        run ??= new Stacks<TAcc>();
        int at = run.Append(slice);
        run.Own[at] = accumulator;
        if (at < run.Tail - 1 || slice < run.Turn)
        {
            // A slice that was empty until a late row came: its part is computed anew.
            run.Turn = long.MinValue;
            return;
        }

        if (run.IsBroken)
            return;
        run.IsBroken = true;
        aggregator.Merge(ref run.Back, accumulator);
        run.IsBroken = false;
    }

    public bool Leave(ref Stacks<TAcc>? run, in TAcc accumulator)
    {
        Stacks<TAcc> stacks = run!;
        stacks.Own[stacks.Head] = stacks.Suffixes[stacks.Head] = default!;
        return ++stacks.Head == stacks.Tail;
    }

    public void Replace(ref Stacks<TAcc>? run, long slice, in TAcc before, in TAcc after)
    {
        Stacks<TAcc> stacks = run!;
        int at = Array.BinarySearch(stacks.Slices, stacks.Head, stacks.Tail - stacks.Head, slice);
        stacks.Own[at] = after;
        stacks.Turn = long.MinValue;
    }

    public bool IsBroken(in Stacks<TAcc>? run) => run!.IsBroken;

    public void Repair(ref Stacks<TAcc>? run, in TAcc accumulator) => (run!.IsBroken, run.Turn) = (false, long.MinValue);

    public void Merge(ref TAcc accumulator, in TAcc slice) => aggregator.Merge(ref accumulator, slice);

    public TOut Result(in TAcc accumulator) => aggregator.Result(accumulator);

    public TAcc Current(ref Stacks<TAcc>? run, long window)
    {
        Stacks<TAcc> stacks = run!;
        long turn = grid.EndOf(grid.FirstOfStretch(window));
        if (turn != stacks.Turn)
            Turn(stacks, turn);
        TAcc accumulator = default!;
        if (stacks.Head < stacks.Middle)
            aggregator.Merge(ref accumulator, stacks.Suffixes[stacks.Head]);
        if (stacks.Tail > Math.Max(stacks.Middle, stacks.Head))
            aggregator.Merge(ref accumulator, stacks.Back);
        return accumulator;
    }

    private void Turn(Stacks<TAcc> stacks, long turn)
    {
        stacks.IsBroken = true;
        stacks.Turn = turn;
        int middle = stacks.Head;
        while (middle < stacks.Tail && stacks.Slices[middle] < turn)
            middle++;
        stacks.Middle = middle;
        TAcc suffix = default!;
        for (int at = middle - 1; at >= stacks.Head; at--)
        {
            TAcc own = default!;
            aggregator.Merge(ref own, stacks.Own[at]);
            if (at < middle - 1)
                aggregator.Merge(ref own, suffix);
            stacks.Suffixes[at] = suffix = own;
        }

        stacks.Back = default!;
        for (int at = middle; at < stacks.Tail; at++)
            aggregator.Merge(ref stacks.Back, stacks.Own[at]);
        stacks.IsBroken = false;
    }
}
