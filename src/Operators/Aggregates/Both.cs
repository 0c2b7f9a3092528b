using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Aggregates;

/// <summary>Two aggregates over the same rows; more are pairs of pairs. It can be merged, and take rows back, if both can.</summary>
/// <remarks>Its fields are not readonly, and it is never held in a readonly field where rows are added: C# would copy all aggregators
/// of the composition for every row.</remarks>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TA">The first.</typeparam>
/// <typeparam name="TAccA">Its accumulator.</typeparam>
/// <typeparam name="TOutA">Its result.</typeparam>
/// <typeparam name="TB">The second.</typeparam>
/// <typeparam name="TAccB">Its accumulator.</typeparam>
/// <typeparam name="TOutB">Its result.</typeparam>
/// <param name="first">The first.</param>
/// <param name="second">The second.</param>
internal struct Both<T, TA, TAccA, TOutA, TB, TAccB, TOutB>(TA first, TB second)
    : IAggregator<T, (TAccA First, TAccB Second), (TOutA, TOutB)>
    where TA : struct, IAggregator<T, TAccA, TOutA>
    where TB : struct, IAggregator<T, TAccB, TOutB>
{
    private TA _first = first;
    private TB _second = second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ref (TAccA First, TAccB Second) accumulator, in T row)
    {
        _first.Add(ref accumulator.First, row);
        _second.Add(ref accumulator.Second, row);
    }

    public void Check(in (TAccA First, TAccB Second) accumulator, in T row)
    {
        Check<TA, TAccA, TOutA>(_first, accumulator.First, row);
        Check<TB, TAccB, TOutB>(_second, accumulator.Second, row);
    }

    public void Merge(ref (TAccA First, TAccB Second) accumulator, in (TAccA First, TAccB Second) other)
    {
        _first.Merge(ref accumulator.First, other.First);
        _second.Merge(ref accumulator.Second, other.Second);
    }

    public void Retract(ref (TAccA First, TAccB Second) accumulator, in T row)
    {
        _first.Retract(ref accumulator.First, row);
        _second.Retract(ref accumulator.Second, row);
    }

    public bool Holds(in (TAccA First, TAccB Second) accumulator, in T row) =>
        _first.Holds(accumulator.First, row) && _second.Holds(accumulator.Second, row);

    public bool CanUnmerge => _first.CanUnmerge && _second.CanUnmerge;

    public void Unmerge(ref (TAccA First, TAccB Second) accumulator, in (TAccA First, TAccB Second) other)
    {
        _first.Unmerge(ref accumulator.First, other.First);
        _second.Unmerge(ref accumulator.Second, other.Second);
    }

    public (TOutA, TOutB) Result(in (TAccA First, TAccB Second) accumulator) =>
        (_first.Result(accumulator.First), _second.Result(accumulator.Second));

    /// <summary>What refers to nothing is tried on a copy; what does can only be asked.</summary>
    private static void Check<TAgg, TAcc, TResult>(TAgg aggregator, TAcc accumulator, in T row)
        where TAgg : struct, IAggregator<T, TAcc, TResult>
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>())
            aggregator.Check(accumulator, row);
        else
            aggregator.Add(ref accumulator, row);
    }
}

/// <summary>An aggregate with its result turned into another type.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TAgg">The aggregate.</typeparam>
/// <typeparam name="TAcc">Its accumulator.</typeparam>
/// <typeparam name="TOut">Its result.</typeparam>
/// <typeparam name="TResult">The new result.</typeparam>
/// <param name="aggregator">The aggregate.</param>
/// <param name="result">The new result.</param>
internal struct MappedResult<T, TAgg, TAcc, TOut, TResult>(TAgg aggregator, Func<TOut, TResult> result)
    : IAggregator<T, TAcc, TResult>
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private TAgg _aggregator = aggregator;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ref TAcc accumulator, in T row) => _aggregator.Add(ref accumulator, row);

    public void Check(in TAcc accumulator, in T row) => _aggregator.Check(accumulator, row);

    public void Merge(ref TAcc accumulator, in TAcc other) => _aggregator.Merge(ref accumulator, other);

    public void Retract(ref TAcc accumulator, in T row) => _aggregator.Retract(ref accumulator, row);

    public bool Holds(in TAcc accumulator, in T row) => _aggregator.Holds(accumulator, row);

    public bool CanUnmerge => _aggregator.CanUnmerge;

    public void Unmerge(ref TAcc accumulator, in TAcc other) => _aggregator.Unmerge(ref accumulator, other);

    public TResult Result(in TAcc accumulator) => result(_aggregator.Result(accumulator));
}
