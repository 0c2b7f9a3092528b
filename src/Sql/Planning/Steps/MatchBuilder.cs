using ActorStreams.Operators.Patterns.Preference;
using ActorStreams.Operators.Stateless;

namespace ActorStreams.Sql.Planning.Steps;

/// <summary>What aggregates read of a row, and what they make of it.</summary>
internal sealed record FoldParts(Type Argument, Delegate ArgumentOf, Delegate Add);

/// <summary>Puts a <see cref="RowPatternPlan{TRow, TDefine, TMeasure, TOut}"/> together for row types that are known only when a statement
/// is planned.</summary>
internal abstract class MatchBuilder
{
    public RowProgram Program { get; set; } = null!;

    public string[] Names { get; set; } = [];

    public object Order { get; set; } = null!;

    public Delegate TimeOf { get; set; } = null!;

    public Delegate Unmatched { get; set; } = null!;

    public long? Within { get; set; }

    public bool ReadsNumber { get; set; }

    public RowsGiven Given { get; set; }

    public RowSkip Skip { get; set; }

    public bool[] SkipTo { get; set; } = [];

    public static MatchBuilder Of(Type[] types) =>
        (MatchBuilder)Activator.CreateInstance(typeof(MatchBuilder<,,,>).MakeGenericType(types))!;

    /// <summary>The condition of the next variable; null: every row fulfils it.</summary>
    public abstract void Condition(Delegate? condition, MatchReference[] references);

    public abstract void Measures(Delegate row, MatchReference[] references);

    public abstract void Folds(FoldParts? define, FoldParts? measure);

    public abstract object Plan();
}

internal sealed class MatchBuilder<TRow, TDefine, TMeasure, TOut> : MatchBuilder
{
    private readonly List<MatchReads<TRow, TDefine, bool>?> _conditions = [];
    private MatchReads<TRow, TMeasure, TOut> _measures = null!;
    private MatchFold<TRow, TDefine>? _define;
    private MatchFold<TRow, TMeasure>? _measure;

    public override void Condition(Delegate? condition, MatchReference[] references) => _conditions.Add(condition is null ? null
        : new MatchReads<TRow, TDefine, bool>((MatchFunction<TRow, TDefine, bool>)condition, references));

    public override void Measures(Delegate row, MatchReference[] references) =>
        _measures = new MatchReads<TRow, TMeasure, TOut>((MatchFunction<TRow, TMeasure, TOut>)row, references);

    public override void Folds(FoldParts? define, FoldParts? measure) =>
        (_define, _measure) = (FoldOf<TDefine>(define), FoldOf<TMeasure>(measure));

    public override object Plan() => new RowPatternPlan<TRow, TDefine, TMeasure, TOut>
    {
        Program = Program,
        Names = Names,
        Conditions = [.. _conditions],
        Measures = _measures,
        DefineFold = _define,
        MeasureFold = _measure,
        Unmatched = (RowFunction<TRow, TOut>)Unmatched,
        Given = Given,
        Skip = Skip,
        SkipTo = SkipTo,
        Within = Within,
        Order = (IComparer<TRow>)Order,
        TimeOf = (RowFunction<TRow, long?>)TimeOf,
        ReadsNumber = ReadsNumber,
    };

    private static MatchFold<TRow, TState>? FoldOf<TState>(FoldParts? parts) => parts is null ? null
        : (MatchFold<TRow, TState>)typeof(MatchBuilder<TRow, TDefine, TMeasure, TOut>).GetMethod(nameof(FoldBy))!
            .MakeGenericMethod(typeof(TState), parts.Argument).Invoke(null, [parts.ArgumentOf, parts.Add])!;

    public static MatchFold<TRow, TState> FoldBy<TState, TArgument>(
        PairFunction<TRow, MatchedRow, TArgument> argument, PairFunction<TState, TArgument, TState> add) =>
        (in TState state, in TRow row, in MatchedRow matched) => add(state, argument(row, matched));
}
