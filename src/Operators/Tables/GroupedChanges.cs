using System.Runtime.InteropServices;
using ActorStreams.Operators.Tables;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams;

/// <summary>Rows with weights, by group: what is computed from them follows both what comes and what goes.</summary>
/// <typeparam name="TGroup">The group; stored, so it needs a codec.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class GroupedChanges<TGroup, T>
{
    internal GroupedChanges(KeyedStream<TGroup, Change<T>> changes) => Changes = changes;

    internal KeyedStream<TGroup, Change<T>> Changes { get; }

    /// <summary>How many rows each group has.</summary>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <param name="errors">What becomes of a change on which user code throws; null: as the job's options say.</param>
    public Table<TGroup, long> Count(string name, ErrorPolicy? errors = null) =>
        Aggregate<byte, long>(name, static () => 0, static (none, _) => none, static (none, _) => none, static (_, count) => count, errors);

    /// <summary>The sum over each group's rows.</summary>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <param name="selector">What is summed up.</param>
    /// <param name="errors">What becomes of a change on which user code throws; null: as the job's options say.</param>
    public Table<TGroup, long> Sum(string name, Func<T, long> selector, ErrorPolicy? errors = null) =>
        Aggregate<long, long>(
            name, static () => 0, (sum, row) => checked(sum + selector(row)), (sum, row) => checked(sum - selector(row)),
                static (sum, _) => sum,
            errors);

    /// <summary>The sum over each group's rows.</summary>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <param name="selector">What is summed up.</param>
    /// <param name="errors">What becomes of a change on which user code throws; null: as the job's options say.</param>
    public Table<TGroup, decimal> Sum(string name, Func<T, decimal> selector, ErrorPolicy? errors = null) =>
        Aggregate<decimal, decimal>(
            name, static () => 0m, (sum, row) => sum + selector(row), (sum, row) => sum - selector(row), static (sum, _) => sum, errors);

    /// <summary>An aggregate of each group's rows.</summary>
    /// <param name="name">Stable and unique in the pipeline: the accumulators are stored under it.</param>
    /// <param name="aggregate">The aggregate; it must be able to take rows back.</param>
    /// <param name="errors">What becomes of a change on which user code throws; null: as the job's options say.</param>
    /// <returns>A table by group; a group whose last row goes is deleted.</returns>
    /// <remarks>Keeps an accumulator and a count for each group.</remarks>
    /// <exception cref="PipelineException">The aggregate cannot take rows back; the message says which part of it, and what to use
    /// instead.</exception>
    public Table<TGroup, TResult> Aggregate<TResult>(string name, Aggregate<T, TResult> aggregate, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        if (aggregate.WhyNotRetract is { } why)
            throw new PipelineException($"Pipeline '{Changes.Stream.Pipeline.Name}', operator '{name}': {why}.");
        return aggregate.Use(new ByGroup<TResult>(this, name, errors));
    }

    /// <inheritdoc cref="Aggregate{TResult}(string, Aggregate{T, TResult}, ErrorPolicy?)"/>
    /// <param name="name">Stable and unique in the pipeline: the accumulators are stored under it.</param>
    /// <param name="aggregates">What to compute: <c>a => a.Count().Sum(order => order.Total)</c>.</param>
    /// <param name="errors">What becomes of a change on which user code throws; null: as the job's options say.</param>
    public Table<TGroup, TResult> Aggregate<TResult>(
        string name, Func<AggregateStart<T>, Aggregate<T, TResult>> aggregates, ErrorPolicy? errors = null) =>
        Aggregate(name, ActorStreams.Aggregate.Of<T>().And(aggregates), errors);

    /// <summary>A fold of each group's rows that can be taken back.</summary>
    /// <param name="name">Stable and unique in the pipeline: the states are stored under it.</param>
    /// <param name="initial">The state of a group without rows.</param>
    /// <param name="add">The state with a row more; must not change the state it is given.</param>
    /// <param name="remove">The state with a row less: the inverse of <paramref name="add"/>. A row may be taken away before it comes:
    /// then it is called before <paramref name="add"/>.</param>
    /// <param name="result">The group's value, from its state and the number of its rows.</param>
    /// <param name="errors">What becomes of a change on which user code throws; null: as the job's options say.</param>
    /// <returns>A table by group; a group whose last row goes is deleted.</returns>
    /// <remarks>Keeps a state and a count for each group.</remarks>
    public Table<TGroup, TResult> Aggregate<TState, TResult>(
        string name, Func<TState> initial, Func<TState, T, TState> add, Func<TState, T, TState> remove, Func<TState, long, TResult> result,
        ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(initial);
        ArgumentNullException.ThrowIfNull(add);
        ArgumentNullException.ThrowIfNull(remove);
        ArgumentNullException.ThrowIfNull(result);
        return Aggregate(name, initial, add, remove, result, null, errors);
    }

    /// <summary>The first rows of each group.</summary>
    /// <param name="name">Stable and unique in the pipeline: all rows are stored under it.</param>
    /// <param name="count">How many rows of a group, at most.</param>
    /// <param name="order">The order, best first; rows that it calls equal are ordered by their content.</param>
    /// <param name="errors">What becomes of a change on which user code throws; null: as the job's options say.</param>
    /// <returns>+1 when a row comes among the first of its group, -1 when it is no longer among them.</returns>
    /// <remarks>
    /// Keeps every row of every group in its order, because any may become one of the first when others go. A change costs a search and the
    /// move of at most a few hundred neighbours, whatever the size of the group.
    /// </remarks>
    public Stream<Change<TableRow<TGroup, T>>> Top(string name, int count, IComparer<T> order, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return Changes.Stream.Add(new TopNode<TGroup, T>(name, Changes, count, order) { Errors = errors });
    }

    /// <summary>The first row of each group: of several that mean the same, the one to keep (SQL: <c>ROW_NUMBER() … = 1</c>).</summary>
    /// <param name="name">Stable and unique in the pipeline: all rows are stored under it, and the kept ones under
    /// <c>name-kept</c>.</param>
    /// <param name="order">The order, the one to keep first; rows that it calls equal are ordered by their content.</param>
    /// <param name="errors">What becomes of a change on which user code throws; null: as the job's options say.</param>
    /// <returns>A table by group.</returns>
    public Table<TGroup, T> KeepFirst(string name, IComparer<T> order, ErrorPolicy? errors = null) =>
        Top(name, 1, order, errors).ToTable($"{name}-kept", static row => row.Key, static row => row.Value, errors);

    private Table<TGroup, TResult> Aggregate<TState, TResult>(
        string name, Func<TState> initial, Func<TState, T, TState> add, Func<TState, T, TState> remove, Func<TState, long, TResult> result,
        Func<TState, T, bool>? holds, ErrorPolicy? errors)
    {
        var fold = new Retractable<T, TState, TResult>(initial, add, remove, result) { Holds = holds };
        return new(Changes.Stream.Add(new GroupAggregateNode<TGroup, T, TState, TResult>(name, Changes, fold) { Errors = errors }));
    }

    private sealed class ByGroup<TResult>(GroupedChanges<TGroup, T> changes, string name, ErrorPolicy? errors)
        : IAggregateUse<T, TResult, Table<TGroup, TResult>>
    {
        public Table<TGroup, TResult> Of<TAgg, TAcc>(Aggregate<T, TAgg, TAcc, TResult> aggregate)
            where TAgg : struct, IAggregator<T, TAcc, TResult>
        {
            TAgg aggregator = aggregate.Aggregator;
            return changes.Aggregate<TAcc, TResult>(
                name,
                static () => default!,
                (accumulator, row) =>
                {
                    aggregator.Add(ref accumulator, row);
                    return accumulator;
                },
                (accumulator, row) =>
                {
                    aggregator.Retract(ref accumulator, row);
                    return accumulator;
                },
                (accumulator, _) => aggregator.Result(accumulator),
                OwedRows.MayBe<T>(typeof(TAgg)) ? (accumulator, row) => aggregator.Holds(accumulator, row) : null,
                errors);
        }
    }
}
