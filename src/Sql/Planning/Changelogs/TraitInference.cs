using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Planning.Changelogs;

/// <summary>Finds for every relation of a query whether its rows are taken back, by which key they are known, and what its step
/// keeps.</summary>
/// <param name="isFinal">Whether only results are given that are final: EMIT ON WINDOW CLOSE.</param>
internal sealed class TraitInference(bool isFinal)
{
    private const int NamesShown = 4;
    private readonly Dictionary<Relation, RelationTraits> _known = new(ReferenceEqualityComparer.Instance);

    public static TraitInference Of(EmitMode emit) => new(emit == EmitMode.OnWindowClose);

    public RelationTraits Of(Relation relation)
    {
        if (!_known.TryGetValue(relation, out RelationTraits? traits))
            _known[relation] = traits = Infer(relation);
        return traits;
    }

    /// <summary>All steps that keep more and more, as sentences.</summary>
    public IEnumerable<string> Growing(Relation relation) => relation.All().Distinct(ReferenceEqualityComparer.Instance).Cast<Relation>()
        .Select(one => (one, Of(one).State)).Where(static one => one.State.Growth == StateGrowth.ForEver)
        .Select(static one => $"{Cut(one.one.Describe())} keeps {one.State.Reason}");

    private RelationTraits Infer(Relation relation)
    {
        switch (relation)
        {
            case ScanRelation scan:
                return OfTable(scan.Table);
            case ValuesRelation values:
                return new RelationTraits(false, values.IsSingleRow ? [] : null, true, StateBound.None);
            case ProjectRelation project:
                return Of(project.Input) with { Key = Through(project, Of(project.Input).Key), State = StateBound.None };
            case FilterRelation filter:
                return Of(filter.Input) with { Changes = Of(filter.Input).Changes || ReadsClock(filter), State = StateBound.None };
            case SharedRelation or LimitRelation { Limit: null, Offset: null }:
                return Of(relation.Inputs[0]) with { State = StateBound.None };
            case WindowRelation window:
                return OfWindows(window);
            case DistinctRelation distinct:
                return new RelationTraits(Of(distinct.Input).Changes, All(distinct), Of(distinct.Input).IsFinite,
                    Groups(distinct, Names(distinct.Columns), "each different row, with a count"));
            case AggregateRelation aggregate:
                return OfAggregate(aggregate);
            case JoinRelation join:
                return OfJoin(join);
            case SetRelation set:
                return OfSet(set);
            case LimitRelation limit:
                return new RelationTraits(!isFinal, Of(limit.Input).Key, Of(limit.Input).IsFinite,
                    Rows(limit.Input, "every row, in its order"));
            case OverRelation over:
                return new RelationTraits(!isFinal, Of(over.Input).Key, Of(over.Input).IsFinite, isFinal
                    ? new StateBound(StateGrowth.ByWatermark, "a row until its frame is complete")
                    : Rows(over.Input, "every row of each partition"));
            case MatchRelation match:
                return new RelationTraits(false, null, Of(match.Input).IsFinite, match.Within is null
                    ? Rows(match.Input, "a row until no match that it is in can go on, which may be for ever without WITHIN")
                    : new StateBound(StateGrowth.ByWatermark, "matches that have begun, until WITHIN ends them"));
            default:
                IEnumerable<RelationTraits> inputs = relation.Inputs.Select(Of);
                return new RelationTraits(inputs.Any(static one => one.Changes), null, inputs.All(static one => one.IsFinite),
                    StateBound.None);
        }
    }

    private static RelationTraits OfTable(CatalogTable table)
    {
        if (table.Query is { } query)
            return Of(table.Emit).Of(query) with { State = StateBound.None };
        return new RelationTraits(!table.IsAppendOnly, table.Key.Count > 0 ? table.Key : null, false, StateBound.None);
    }

    /// <summary>A condition on the clock becomes true and false by itself.</summary>
    private static bool ReadsClock(FilterRelation filter) => filter.Condition.All().Any(static one => one is NowExpression);

    private static int[]? Through(ProjectRelation project, IReadOnlyList<int>? key)
    {
        if (key is null)
            return null;
        int[] places = [.. key.Select(column => Place(project, column))];
        return Array.TrueForAll(places, static at => at >= 0) ? places : null;
    }

    private static int Place(ProjectRelation project, int column)
    {
        for (int at = 0; at < project.Expressions.Count; at++)
        {
            if (project.Expressions[at] is ColumnExpression one && one.Ordinal == column)
                return at;
        }

        return -1;
    }

    private RelationTraits OfWindows(WindowRelation window)
    {
        RelationTraits input = Of(window.Input);
        int start = window.Columns.Count - 3;
        IReadOnlyList<int>? key = input.Key is null || window.Kind is WindowKind.Tumble or WindowKind.Session ? input.Key
            : [.. input.Key, window.Kind == WindowKind.Cumulate ? start + 1 : start];
        if (window.Kind != WindowKind.Session)
            return input with { Key = key, State = StateBound.None };
        return new RelationTraits(!isFinal || input.Changes, key, input.IsFinite, isFinal
            ? new StateBound(StateGrowth.ByWatermark, "the rows of a session until it is closed")
            : Rows(window.Input, "the rows of every session"));
    }

    private RelationTraits OfAggregate(AggregateRelation aggregate)
    {
        RelationTraits input = Of(aggregate.Input);
        int[] key = [.. Enumerable.Range(0, aggregate.Keys.Count)];
        if (aggregate.HasSetNumber)
            key = [.. key, aggregate.Columns.Count - 1];
        string[] sorted = [.. aggregate.Aggregates.Where(one => KeepsValues(one, input.Changes))
            .Select(static one => one.Signature.Name).Distinct()];
        string values = sorted.Length == 0 ? "" : $" and every value for {string.Join(", ", sorted)}";
        StateBound state;
        if (input.IsFinite)
            state = new StateBound(StateGrowth.Bounded, "as many groups as there are rows");
        else if (aggregate.IsSingleRow)
            state = sorted.Length == 0 ? new StateBound(StateGrowth.Bounded, "one row")
                : new StateBound(StateGrowth.ForEver, $"one row{values}");
        else
            state = Groups(aggregate,
                Names(aggregate.Keys.Select(static one => one is ColumnExpression column ? column.Name : one.ToString())), values);
        bool isOnce = isFinal && aggregate.Columns.Take(aggregate.Keys.Count).Any(IsTime);
        return new RelationTraits(!isOnce, key, input.IsFinite || aggregate.IsSingleRow, state);
    }

    /// <summary>What cannot be computed backwards keeps its values, if any may be taken back.</summary>
    private static bool KeepsValues(AggregateExpression aggregate, bool inputChanges) =>
        aggregate.Signature is { Own: null, Name: "min" or "max" } ? inputChanges
        : aggregate.IsDistinct || (aggregate.Signature.Own is not null && KeptAggregate.Is(aggregate, inputChanges))
        || aggregate.Signature.Name is "mode"
        or "bit_and" or "bit_or" or "bit_xor" or "percentile_cont" or "percentile_disc" or "array_agg" or "string_agg";

    private RelationTraits OfJoin(JoinRelation join)
    {
        RelationTraits left = Of(join.Left), right = Of(join.Right);
        bool isAlone = join.Type is JoinShape.Semi or JoinShape.Anti or JoinShape.Mark or JoinShape.Single;
        bool changes = left.Changes || right.Changes || join.Type is not (JoinShape.Inner or JoinShape.Semi);
        IReadOnlyList<int>? key = isAlone || MeetsOne(join, right) ? left.Key
            : left.Key is null || right.Key is null ? null
            : [.. left.Key, .. right.Key.Select(at => at + join.Left.Columns.Count)];
        if (join.Time is JoinTime.AsOfProcessingTime or JoinTime.AsOfEventTime or JoinTime.Nearest)
        {
            return new RelationTraits(left.Changes || join.Time == JoinTime.Nearest, left.Key, left.IsFinite,
                Rows(join.Right, "the rows of the right side"));
        }

        bool isWindowed = isFinal && join.Left.Columns.Any(IsTime) && join.Right.Columns.Any(IsTime);
        string sides = left.IsFinite ? "every row of the right side" : right.IsFinite ? "every row of the left side"
            : "every row of both sides";
        StateBound state = left.IsFinite && right.IsFinite ? new StateBound(StateGrowth.Bounded, "both sides have an end")
            : isWindowed ? new StateBound(StateGrowth.ByWatermark, "rows until their windows are closed")
            : new StateBound(StateGrowth.ForEver, sides);
        return new RelationTraits(changes && !isWindowed, key, left.IsFinite && right.IsFinite, state);
    }

    /// <summary>Whether a row of the left side has at most one partner: the key of the right side is demanded to be equal.</summary>
    private static bool MeetsOne(JoinRelation join, RelationTraits right)
    {
        if (right.Key is null)
            return false;
        HashSet<int> met = [.. JoinKeys.Of(join.Condition).Right.OfType<ColumnExpression>().Select(static one => one.Ordinal)];
        return right.Key.All(met.Contains);
    }

    private RelationTraits OfSet(SetRelation set)
    {
        RelationTraits left = Of(set.Left), right = Of(set.Right);
        bool isFinite = left.IsFinite && (set.Kind != SetOperator.Union || right.IsFinite);
        if (set is { Kind: SetOperator.Union, IsAll: true })
            return new RelationTraits(left.Changes || right.Changes, null, isFinite, StateBound.None);
        bool changes = left.Changes || right.Changes || set.Kind == SetOperator.Except;
        return new RelationTraits(changes, set.IsAll ? null : All(set), isFinite,
            Groups(set, Names(set.Columns), "each different row, with a count"));
    }

    /// <summary>A step that keeps something for each of some values.</summary>
    private StateBound Groups(Relation relation, string names, string more)
    {
        if (relation.Inputs.All(input => Of(input).IsFinite))
            return new StateBound(StateGrowth.Bounded, "its input has an end");
        IEnumerable<RelationColumn> keys = relation is AggregateRelation aggregate ? aggregate.Columns.Take(aggregate.Keys.Count)
            : relation.Columns;
        // the groups of a window go when it is complete, also where each change is given; behind a join rows may come later
        bool isTimed = (isFinal || (relation is AggregateRelation && !relation.All().Any(static one => one is JoinRelation)))
            && keys.Any(isFinal ? IsTime : static one => one is { HasWatermark: true, Time: TimeRole.WindowStart or TimeRole.WindowEnd });
        if (isTimed)
            return new StateBound(StateGrowth.ByWatermark, "groups until their window is closed");
        return new StateBound(StateGrowth.ForEver, relation is AggregateRelation ? $"a group for each {names}{more}" : more);
    }

    private StateBound Rows(Relation input, string what) => Of(input).IsFinite ? new StateBound(StateGrowth.Bounded, "its input has an end")
        : new StateBound(StateGrowth.ForEver, what);

    private static bool IsTime(RelationColumn column) =>
        column.Time is TimeRole.WindowStart or TimeRole.WindowEnd || (column.Time == TimeRole.EventTime && column.HasWatermark);

    private static int[] All(Relation relation) => [.. Enumerable.Range(0, relation.Columns.Count)];

    private static string Names(IEnumerable<RelationColumn> columns) => Names(columns.Select(static one => one.Name));

    private static string Names(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return all.Length == 0 ? "()" : all.Length <= NamesShown ? string.Join(", ", all)
            : $"{string.Join(", ", all.Take(NamesShown))} and {all.Length - NamesShown} more";
    }

    private static string Cut(string text) => text.Length <= 120 ? text : text[..119] + "…";
}
