using System.Reflection;
using ActorStreams.Authoring;
using ActorStreams.Operators.Changelogs;
using ActorStreams.Operators.Patterns.Preference;
using ActorStreams.Operators.Stateless;
using ActorStreams.Operators.Tables.Runtime;
using ActorStreams.Sql.Expressions.Compilation;

namespace ActorStreams.Sql.Planning.Steps;

/// <summary>The operators that plans are made of, for row types that are known only when a statement is planned.</summary>
internal static class PlanSteps
{
    /// <summary>Calls one of the methods here for types that are known only now.</summary>
    public static object Call(string name, Type[] types, params object?[] arguments)
    {
        MethodInfo method = typeof(PlanSteps).GetMethod(name, BindingFlags.Static | BindingFlags.Public)!.MakeGenericMethod(types);
        try
        {
            return method.Invoke(null, arguments)!;
        }
        catch (TargetInvocationException error) when (error.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error.InnerException);
            throw;
        }
    }

    public static Stream<TOut> Loop<TIn, TOut>(Stream<TIn> rows, RowLoop<TIn, TOut> loop, string name, ErrorPolicy? errors) =>
        rows.Loop(loop, name, errors);

    public static Stream<Change<T>> Union<T>(Stream<Change<T>> first, Stream<Change<T>> second) => first.Union(second);

    public static Stream<Change<T>> Distinct<T>(Stream<Change<T>> rows, string name) => rows.Distinct(name);

    public static Stream<Change<Joined<TLeft, TRight>>> Join<TKey, TLeft, TRight>(
        Stream<Change<TLeft>> left, Stream<Change<TRight>> right, string name, Func<Change<TLeft>, TKey> leftKey,
        Func<Change<TRight>, TKey> rightKey, PairFunction<TLeft, TRight, bool>? where, JoinType type,
        ChangesJoinOptions options) =>
        left.KeyBy(leftKey).Joined(name, right.KeyBy(rightKey), type,
            where is null ? null : (l, r) => where(l, r), options);

    public static Stream<Change<TableRow<TKey, TResult>>> Aggregate<TKey, TArguments, TState, TResult>(
        Stream<Change<TArguments>> rows, string name, Func<Change<TArguments>, TKey> key, PairFunction<TState, TArguments, TState> add,
        PairFunction<TState, TArguments, TState> remove, RowFunction<TState, TResult> result) =>
        new GroupedChanges<TKey, TArguments>(rows.KeyBy(key)).Aggregate<TState, TResult>(
            name, static () => default!, (state, row) => add(state, row), (state, row) => remove(state, row),
            (state, _) => result(state)).Changes();

    public static Stream<Change<TableRow<TKey, TResult>>> ClosingAggregate<TKey, TArguments, TState, TResult>(
        Stream<Change<TArguments>> rows, string name, Func<Change<TArguments>, TKey> key, PairFunction<TState, TArguments, TState> add,
        PairFunction<TState, TArguments, TState> remove, RowFunction<TState, TResult> result, bool whenClosed) =>
        rows.KeyBy(key).ClosingAggregate(name, new Retractable<TArguments, TState, TResult>(
            static () => default!, (state, row) => add(state, row), (state, row) => remove(state, row), (state, _) => result(state)),
            whenClosed);

    public static Stream<WindowResult<TKey, TResult>> SlicedWindows<TKey, T, TAggregator, TState, TResult>(
        Stream<T> rows, string name, Func<T, TKey> key, TAggregator aggregator, WindowAssigner windows, string description)
        where TAggregator : struct, IAggregator<T, TState, TResult> =>
        rows.KeyBy(key).Window(name, windows).DropLate()
            .Aggregate(new Aggregate<T, TAggregator, TState, TResult>(aggregator, description));

    public static Stream<Change<T>> Held<T>(Stream<Change<T>> rows, string name) => rows.Held(name);

    public static Stream<Change<TOut>> Windowed<TRow, TTime, TOut>(
        Stream<Change<TRow>> rows, string name, WindowGrid grid, RowFunction<TRow, long?> time,
        PairFunction<TRow, WindowBounds<TTime>, TOut> row)
        where TTime : struct =>
        rows.Windowed(name, grid, time, row);

    public static Stream<Change<TOut>> Sessions<TKey, TRow, TTime, TOut>(
        Stream<Change<TRow>> rows, string name, Func<Change<TRow>, TKey> key, long gap, RowFunction<TRow, long?> time,
        PairFunction<TRow, WindowBounds<TTime>, TOut> row, bool whenClosed)
        where TTime : struct =>
        rows.KeyBy(key).Sessions(name, gap, time, row, whenClosed);

    public static Stream<Change<Joined<TRow, TResult>>> Over<TKey, TRow, TResult>(
        Stream<Change<TRow>> rows, string name, Func<Change<TRow>, TKey> key, OverPlan<TRow, TResult> plan) =>
        rows.KeyBy(key).Over(name, plan);

    public static Stream<Change<TOut>> Match<TKey, TRow, TDefine, TMeasure, TOut>(
        Stream<Change<TRow>> rows, string name, Func<Change<TRow>, TKey> key, RowPatternPlan<TRow, TDefine, TMeasure, TOut> plan) =>
        rows.KeyBy(key).Match(name, plan);

    public static Stream<Change<Joined<TLeft, TRight>>> JoinAtArrival<TKey, TLeft, TRight>(
        Stream<Change<TLeft>> left, Stream<Change<TRight>> right, string name, Func<Change<TLeft>, TKey> leftKey,
        Func<Change<TRight>, TKey> rightKey, PairFunction<TLeft, TRight, bool>? where, JoinType type) =>
        left.KeyBy(leftKey).JoinAtArrival(name, right.KeyBy(rightKey), type,
            where is null ? null : (l, r) => where(l, r));

    public static Stream<Change<Joined<TLeft, TRight>>> JoinNearest<TKey, TLeft, TRight>(
        Stream<Change<TLeft>> left, Stream<Change<TRight>> right, string name, Func<Change<TLeft>, TKey> leftKey,
        Func<Change<TRight>, TKey> rightKey, PairFunction<TLeft, TRight, bool> mayMeet, IComparer<TRight> order,
        PairFunction<TLeft, TRight, bool>? where, JoinType type, bool isByTime) =>
        left.KeyBy(leftKey).JoinNearest(name, right.KeyBy(rightKey),
            new NearestPlan<TLeft, TRight>(type, (l, r) => mayMeet(l, r), order, where is null ? null : (l, r) => where(l, r))
            { IsByTime = isByTime });

    public static Stream<Change<Joined<TLeft, Mark>>> JoinMarks<TKey, TLeft, TRight>(
        Stream<Change<TLeft>> left, Stream<Change<TRight>> right, string name, Func<Change<TLeft>, TKey> leftKey,
        Func<Change<TRight>, TKey> rightKey, PairFunction<TLeft, TRight, bool?>? where) =>
        left.KeyBy(leftKey).JoinMarks(name, right.KeyBy(rightKey),
            where is null ? null : (l, r) => where(l, r));

    public static Stream<Change<T>> CountedSet<T>(Stream<Change<T>> left, Stream<Change<T>> right, string name, bool isExcept) =>
        left.CountedSet(name, right, isExcept);

    public static Stream<Change<Joined<TRow, TItem>>> RowsOf<TRow, TItem>(
        Stream<Change<TRow>> rows, RowFunction<TRow, IEnumerable<TItem>?> items, bool keepsEmpty, string name, ErrorPolicy? errors,
        RowContext context) =>
        rows.FlatMap(change => FunctionRows.Of(change, items, keepsEmpty, static (item, _) => item, context), name, errors);

    public static Stream<Change<Joined<TRow, NumberedRow<TItem>>>> NumberedRowsOf<TRow, TItem>(
        Stream<Change<TRow>> rows, RowFunction<TRow, IEnumerable<TItem>?> items, bool keepsEmpty, string name, ErrorPolicy? errors,
        RowContext context) =>
        rows.FlatMap(change => FunctionRows.Of(change, items, keepsEmpty, static (item, number) => new NumberedRow<TItem>(item, number),
            context), name, errors);

    /// <summary>One change that adds a row, as a source of its own.</summary>
    public static Stream<Change<T>> One<T>(Pipeline pipeline, string name, T row) =>
        pipeline.Read(name, Sources.Of([Change<T>.Insert(row)]));
}
