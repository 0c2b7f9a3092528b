using ActorStreams.Operators.Changelogs;
using ActorStreams.Operators.Changelogs.Over;
using ActorStreams.Operators.Stateless;

namespace ActorStreams.Sql.Planning.Steps;

/// <summary>Collects the functions over a window for row types that are known only when a statement is planned: as factories, since each
/// region has functions of its own.</summary>
internal abstract class OverBuilder
{
    public static OverBuilder Of(Type row, Type result) =>
        (OverBuilder)Activator.CreateInstance(typeof(OverBuilder<,>).MakeGenericType(row, result))!;

    /// <summary>Whether anything needs more than the first rows of a partition.</summary>
    public bool NeedsAll { get; protected set; }

    public abstract void Numbers(Delegate put, bool needsAll);

    public abstract void Aggregates(
        Type argument, Type state, FrameParts frame, Delegate argumentOf, Delegate add, Delegate? remove, Delegate put);

    public abstract void Reference(
        ReferenceKind kind, FrameParts frame, Delegate distance, Delegate put, Delegate? otherwise, Delegate? isNull, long? most);

    /// <summary>An <see cref="OverPlan{TRow, TResult}"/>.</summary>
    public abstract object Plan(object? order, RankRange range, Delegate? closesAt, OverEmission emits, bool onlyAdds);
}

/// <summary>A frame, and the functions that find its bounds where they go by values.</summary>
internal sealed record FrameParts(
    FrameEnd Start, FrameEnd End, FrameWithout Without, Delegate? IsFrom, Delegate? IsUpTo, Delegate? IsNull, Delegate? CompleteAt);

internal sealed class OverBuilder<TRow, TResult> : OverBuilder
{
    private readonly List<Func<OverFunction<TRow, TResult>>> _functions = [];
    private readonly List<RowFunction<TRow, long?>> _times = [];

    public override void Numbers(Delegate put, bool needsAll)
    {
        NeedsAll |= needsAll;
        var made = (PairFunction<TResult, RowNumbers, TResult>)put;
        _functions.Add(() => new NumberFunction<TRow, TResult>(made, needsAll));
    }

    public override void Aggregates(
        Type argument, Type state, FrameParts frame, Delegate argumentOf, Delegate add, Delegate? remove, Delegate put)
    {
        NeedsAll = true;
        typeof(OverBuilder<TRow, TResult>).GetMethod(nameof(AddAggregates))!.MakeGenericMethod(argument, state)
            .Invoke(this, [frame, argumentOf, add, remove, put]);
    }

    public void AddAggregates<TArgument, TState>(
        FrameParts frame, RowFunction<TRow, TArgument> argument, PairFunction<TState, TArgument, TState> add,
        PairFunction<TState, TArgument, TState>? remove, PairFunction<TResult, TState, TResult> put)
    {
        Note(frame);
        _functions.Add(() => new FrameFunction<TRow, TArgument, TState, TResult>(Window(frame), argument, add, remove, put));
    }

    public override void Reference(
        ReferenceKind kind, FrameParts frame, Delegate distance, Delegate put, Delegate? otherwise, Delegate? isNull, long? most)
    {
        NeedsAll = true;
        _functions.Add(() => new RowReference<TRow, TResult>(kind, Window(frame), (RowFunction<TRow, long?>)distance,
            (PairFunction<TResult, TRow, TResult>)put, (PairFunction<TResult, TRow, TResult>?)otherwise,
            (RowFunction<TRow, bool>?)isNull, most));
        Note(frame);
    }

    public override object Plan(object? order, RankRange range, Delegate? closesAt, OverEmission emits, bool onlyAdds)
    {
        Func<OverFunction<TRow, TResult>>[] functions = [.. _functions];
        return new OverPlan<TRow, TResult>((IComparer<TRow>?)order, () => [.. functions.Select(static make => make())], range,
            (RowFunction<TRow, long?>?)closesAt, emits)
        { FurtherTimes = [.. _times], OnlyAdds = onlyAdds };
    }

    private static FrameWindow<TRow> Window(FrameParts frame) => new(new RowFrame<TRow>(frame.Start, frame.End, frame.Without)
    {
        IsFrom = (PairFunction<TRow, TRow, bool>?)frame.IsFrom,
        IsUpTo = (PairFunction<TRow, TRow, bool>?)frame.IsUpTo,
        IsNull = (RowFunction<TRow, bool>?)frame.IsNull,
    }, (RowFunction<TRow, long?>?)frame.CompleteAt);

    private void Note(FrameParts frame)
    {
        if (frame.CompleteAt is RowFunction<TRow, long?> time && !_times.Contains(time))
            _times.Add(time);
    }
}
