using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Windows.Running;

/// <summary>How the aggregate of a sliding frame is kept.</summary>
internal enum FrameFolding
{
    /// <summary>Rows that leave are taken back.</summary>
    Retracting,

    /// <summary>Two stacks: the older rows folded from the end, the newer ones from the beginning.</summary>
    TwoStacks,

    /// <summary>Computed anew whenever a row has left.</summary>
    Anew,
}

/// <summary>Keeps the aggregates of frames in step with their rows.</summary>
/// <remarks>
/// Whatever was computed on the way, a fold depends only on the rows and on <see cref="KeyFrame{T, TAcc}.Front"/>, which are stored: after
/// a restart it is the same to the last bit. (Not where floating-point sums are composed with an aggregate that keeps its values one by
/// one, as their taking back is rounded.)
/// </remarks>
internal sealed class FrameAggregate<T, TAgg, TAcc, TOut>(Aggregate<T, TAgg, TAcc, TOut> aggregate, bool checks)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private TAgg _aggregator = aggregate.Aggregator;
    private readonly FrameFolding _folding = FoldingOf(aggregate);
    private readonly bool _checks = checks && RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>();

    public static FrameFolding FoldingOf(Aggregate<T, TAgg, TAcc, TOut> aggregate)
    {
        bool isExact = aggregate.Aggregator.CanUnmerge || RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>();
        if (aggregate.CanRetract && (isExact || !aggregate.CanMerge))
            return FrameFolding.Retracting;
        return aggregate.CanMerge ? FrameFolding.TwoStacks : FrameFolding.Anew;
    }

    /// <summary>The first waiting row enters the frame; if it throws, nothing has changed.</summary>
    public void Push(KeyFrame<T, TAcc> frame)
    {
        FrameFold<TAcc> fold = Folded(frame);
        Add(ref fold.Back, frame[frame.Done].Row);
        frame.Done++;
    }

    /// <summary>The first waiting row enters the frame, the first of <paramref name="size"/> rows leaves it; if it throws, nothing has
    /// changed.</summary>
    public void Push(KeyFrame<T, TAcc> frame, int size)
    {
        if (frame.Done < size || _folding == FrameFolding.TwoStacks)
        {
            Push(frame);
            if (frame.Done > size)
                Pop(frame);
            return;
        }

        try
        {
            // Out before in: the sum of both may be too large.
            TAcc next;
            if (_folding == FrameFolding.Retracting)
            {
                next = Folded(frame).Back;
                _aggregator.Retract(ref next, frame[0].Row);
            }
            else
            {
                next = FoldOf(frame, 1, frame.Done);
            }

            Add(ref next, frame[frame.Done].Row);
            frame.Fold ??= new FrameFold<TAcc>();
            frame.Fold.Back = next;
        }
        catch
        {
            frame.Fold = null;
            throw;
        }

        frame.Done++;
        frame.DropFirst();
    }

    /// <summary>The first row leaves the frame. If its aggregate cannot be told then, this is found when it is asked for.</summary>
    public void Pop(KeyFrame<T, TAcc> frame)
    {
        if (frame.Fold is { } fold)
        {
            try
            {
                if (_folding == FrameFolding.Retracting)
                    _aggregator.Retract(ref fold.Back, frame[0].Row);
                else if (_folding == FrameFolding.Anew)
                    frame.Fold = null;
                else if (frame.Front == 0)
                    Flip(frame, fold);
            }
            catch (Exception)
            {
                (frame.Fold, frame.Front) = (null, 0);
            }
        }

        if (frame.Front > 0)
            frame.Front--;
        frame.DropFirst();
    }

    /// <summary>The result of the rows in the frame.</summary>
    public TOut Result(KeyFrame<T, TAcc> frame)
    {
        FrameFold<TAcc> fold = Folded(frame);
        if (frame.Front == 0)
            return _aggregator.Result(fold.Back);
        TAcc both = default!;
        _aggregator.Merge(ref both, fold.Suffixes[frame.Front - 1]);
        _aggregator.Merge(ref both, fold.Back);
        return _aggregator.Result(both);
    }

    /// <summary>The accumulators, made of the rows if there are none.</summary>
    public FrameFold<TAcc> Folded(KeyFrame<T, TAcc> frame)
    {
        if (frame.Fold is { } fold)
            return fold;
        if (_folding != FrameFolding.TwoStacks)
            frame.Front = 0;
        fold = new FrameFold<TAcc>();
        if (frame.Front > 0)
            fold.Suffixes = SuffixesOf(frame, frame.Front);
        fold.Back = FoldOf(frame, frame.Front, frame.Done);
        return frame.Fold = fold;
    }

    /// <summary>Moves all rows to the first stack.</summary>
    private void Flip(KeyFrame<T, TAcc> frame, FrameFold<TAcc> fold)
    {
        fold.Suffixes = SuffixesOf(frame, frame.Done);
        fold.Back = default!;
        frame.Front = frame.Done;
    }

    private TAcc[] SuffixesOf(KeyFrame<T, TAcc> frame, int rows)
    {
        var suffixes = new TAcc[rows];
        for (int i = 0; i < rows; i++)
        {
            TAcc suffix = default!;
            _aggregator.Add(ref suffix, frame[rows - 1 - i].Row);
            if (i > 0)
                _aggregator.Merge(ref suffix, suffixes[i - 1]);
            suffixes[i] = suffix;
        }

        return suffixes;
    }

    private TAcc FoldOf(KeyFrame<T, TAcc> frame, int from, int to)
    {
        TAcc all = default!;
        for (int row = from; row < to; row++)
            _aggregator.Add(ref all, frame[row].Row);
        return all;
    }

    private void Add(ref TAcc accumulator, in T row)
    {
        if (_checks)
            _aggregator.Check(accumulator, row);
        TAcc next = accumulator;
        _aggregator.Add(ref next, row);
        accumulator = next;
    }
}
