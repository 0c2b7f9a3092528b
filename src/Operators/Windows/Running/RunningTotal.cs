namespace ActorStreams.Operators.Windows.Running;

/// <summary>A running window as one accumulator, from which whole slices are subtracted.</summary>
internal struct Total<TAcc>
{
    public TAcc Accumulator;
    public int Slices;
    public bool IsBroken;
}

/// <summary>Running windows of aggregates that can be subtracted exactly: two operations for each key and slice, whatever the number of
/// slices.</summary>
internal struct RunningTotal<T, TAgg, TAcc, TOut>(TAgg aggregator) : IRunningWindow<TAcc, TOut, Total<TAcc>>
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public void Enter(ref Total<TAcc> run, long slice, in TAcc accumulator)
    {
        run.Slices++;
        if (run.IsBroken)
            return;
        run.IsBroken = true;
        aggregator.Merge(ref run.Accumulator, accumulator);
        run.IsBroken = false;
    }

    public bool Leave(ref Total<TAcc> run, in TAcc accumulator)
    {
        if (--run.Slices == 0)
            return true;
        if (run.IsBroken)
            return false;
        run.IsBroken = true;
        aggregator.Unmerge(ref run.Accumulator, accumulator);
        run.IsBroken = false;
        return false;
    }

    public void Replace(ref Total<TAcc> run, long slice, in TAcc before, in TAcc after)
    {
        if (run.IsBroken)
            return;
        run.IsBroken = true;
        aggregator.Unmerge(ref run.Accumulator, before);
        aggregator.Merge(ref run.Accumulator, after);
        run.IsBroken = false;
    }

    public bool IsBroken(in Total<TAcc> run) => run.IsBroken;

    public void Repair(ref Total<TAcc> run, in TAcc accumulator) => (run.Accumulator, run.IsBroken) = (accumulator, false);

    public TAcc Current(ref Total<TAcc> run, long window) => run.Accumulator;

    public void Merge(ref TAcc accumulator, in TAcc slice) => aggregator.Merge(ref accumulator, slice);

    public TOut Result(in TAcc accumulator) => aggregator.Result(accumulator);
}
