using ActorStreams.Operators.Patterns.Preference;
using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning.Steps;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>MATCH_RECOGNIZE: the pattern as an automaton, conditions and measures as compiled functions over rows of a match.</summary>
/// <param name="match">The relation.</param>
/// <param name="row">Its input.</param>
/// <param name="output">Its columns.</param>
/// <param name="types">Makes row types.</param>
/// <param name="context">What now() reads.</param>
internal sealed class MatchPlanner(MatchRelation match, RowLayout row, RowLayout output, RowTypes types, RowContext context)
{
    private static readonly RowLayout s_facts = Layout(typeof(MatchFacts), [("Number", SqlType.BigInt, false)]);
    private static readonly RowLayout s_matched = Layout(typeof(MatchedRow), [("Variable", SqlType.Integer, false),
        ("Name", SqlType.Text, true)]);

    private readonly string[] _names = [.. match.Variables.TakeWhile(static (one, at) => one.Members is [var own] && own == at)
        .Select(static one => one.Name)];

    /// <summary>The types of the operator, and its plan.</summary>
    public (Type[] Types, object Plan) Plan()
    {
        BoundExpression?[] conditions = [.. _names.Select((_, at) => match.Variables[at].Condition)];
        BoundExpression[] columns = [.. Columns()];
        Aggregates define = AggregatesOf(conditions.OfType<BoundExpression>()), measure = AggregatesOf(columns);
        Type[] kinds = [row.Row, define.State.Row, measure.State.Row, output.Row];
        MatchBuilder builder = MatchBuilder.Of(kinds);
        var numbers = _names.Select(static (name, at) => (name, at)).ToDictionary(static one => one.name, static one => one.at,
            StringComparer.Ordinal);
        builder.Program = PatternProgram.Of(match.Pattern, numbers);
        builder.Names = _names;
        foreach (BoundExpression? condition in conditions)
        {
            if (condition is null)
            {
                builder.Condition(null, []);
                continue;
            }

            (BoundExpression bound, MatchReference[] references) = Bound(condition, define);
            builder.Condition(MatchCompiler.Condition(row, Names(references.Length), s_facts, define.State, bound, context), references);
        }

        List<MatchReference> read = [];
        BoundExpression[] results = [.. columns.Select(column => Bound(column, measure, read))];
        builder.Measures(
            MatchCompiler.Row(row, Names(read.Count), s_facts, measure.State, output, results, context), [.. read]);
        builder.Folds(Fold(define), Fold(measure));
        builder.Unmatched = RowCompiler.Row(row, output, [.. Unmatched()], context);
        builder.Order = RowOrder.Of(row, match.Order, context)!;
        builder.TimeOf = EventTimes.Of(row, match.Order[0].Value, context);
        builder.Within = match.Within;
        builder.ReadsNumber = columns.Concat(conditions.OfType<BoundExpression>()).SelectMany(static one => one.All())
            .Any(static one => one is MatchNumberExpression);
        builder.Given = match.Rows switch
        {
            RowsPerMatch.One => RowsGiven.One,
            RowsPerMatch.AllOmitEmpty => RowsGiven.AllButEmpty,
            RowsPerMatch.AllWithUnmatched => RowsGiven.AllAndUnmatched,
            _ => RowsGiven.All,
        };
        builder.Skip = match.Skip switch
        {
            SkipTarget.ToNextRow => RowSkip.ToNext,
            SkipTarget.ToFirst => RowSkip.ToFirst,
            SkipTarget.ToLast or SkipTarget.To => RowSkip.ToLast,
            _ => RowSkip.PastLast,
        };
        builder.SkipTo = match.SkipVariable < 0 ? [] : MembersOf(match.SkipVariable)!;
        return (kinds, builder.Plan());
    }

    private static RowLayout Layout(Type type, (string Name, SqlType Type, bool IsNullable)[] columns) =>
        new(type, [.. columns.Select(static one => new RowColumn(one.Name, one.Type, one.IsNullable))],
            [.. columns.Select(one => type.GetField(one.Name)!)]);

    /// <summary>What comes out: columns of the present row (<see cref="ColumnExpression"/>), and measures.</summary>
    private IEnumerable<BoundExpression> Columns() => match.PartitionBy
        .Concat(match.Rows == RowsPerMatch.One ? [] : match.Order.Select(static key => key.Value))
        .Concat(match.Measures)
        .Concat(match.OtherColumns.Select(at => row.Column(at)));

    private IEnumerable<BoundExpression> Unmatched() => match.PartitionBy
        .Concat(match.Rows == RowsPerMatch.One ? [] : match.Order.Select(static key => key.Value))
        .Concat(match.Measures.Select(static measure => new ConstantExpression(null, measure.Type)))
        .Concat(match.OtherColumns.Select(at => row.Column(at)));

    private bool[]? MembersOf(int variable)
    {
        if (variable < 0)
            return null;
        var members = new bool[_names.Length];
        foreach (int member in match.Variables[variable].Members)
            members[member] = true;
        return members;
    }

    private RowLayout Names(int references) =>
        types.Of([.. Enumerable.Range(0, references + 1).Select(static at => new RowColumn($"n{at}", SqlType.Text, true))]);

    private (BoundExpression, MatchReference[]) Bound(BoundExpression expression, Aggregates aggregates)
    {
        var references = new List<MatchReference>();
        BoundExpression bound = Bound(expression, aggregates, references);
        return (bound, [.. references]);
    }

    /// <summary>The expression over the inputs of the compiled function (see <see cref="MatchCompiler"/>).</summary>
    private BoundExpression Bound(BoundExpression expression, Aggregates aggregates, List<MatchReference> references)
    {
        int Place(MatchRow read)
        {
            var reference =
                new MatchReference(MembersOf(read.Variable), read.End == MatchEnd.First, read.Logical, read.Physical, read.IsFinal);
            int known = references.FindIndex(one => one with { Members = null } == reference with { Members = null }
                && (one.Members ?? []).SequenceEqual(reference.Members ?? []) && one.Members is null == reference.Members is null);
            if (known >= 0)
                return known + 1;
            references.Add(reference);
            return references.Count;
        }

        return expression.Rewrite(node => node switch
        {
            MatchColumnExpression column => new ColumnExpression(
                MatchCompiler.FirstRow + Place(column.Row), column.Ordinal, column.Name, column.Type),
            ClassifierExpression classifier => new RetypedExpression(
                new ColumnExpression(MatchCompiler.Names, Place(classifier.Row), "classifier", SqlType.Text), classifier.Type),
            MatchNumberExpression => new ColumnExpression(MatchCompiler.Facts, 0, "number", SqlType.BigInt, false),
            MatchAggregateExpression aggregate => aggregates.Results[aggregate.ToString()].Rewrite(part => part is ColumnExpression cell
                ? new ColumnExpression(aggregate.IsFinal ? MatchCompiler.Final : MatchCompiler.Running, cell.Ordinal, cell.Name, cell.Type,
                    cell.IsNullable) : part),
            ColumnExpression column => new ColumnExpression(
                MatchCompiler.FirstRow, column.Ordinal, column.Name, column.Type, column.IsNullable),
            _ => node,
        });
    }

    private Aggregates AggregatesOf(IEnumerable<BoundExpression> expressions)
    {
        MatchAggregateExpression[] found = [.. expressions.SelectMany(static one => one.All()).OfType<MatchAggregateExpression>()
            .DistinctBy(static one => one.ToString())];
        var state = new AggregateState(types, context);
        var results = new Dictionary<string, BoundExpression>(StringComparer.Ordinal);
        var arguments = new List<BoundExpression>();
        foreach (MatchAggregateExpression one in found)
            arguments.Add(state.ArgumentOf(Counted(one)));
        RowLayout layout = types.Of([.. arguments
            .Select(static (value, at) => new RowColumn($"a{at}", AggregatePlan.Stored(value.Type), true))
            .DefaultIfEmpty(new RowColumn("one", SqlType.Boolean, true))]);
        for (int at = 0; at < found.Length; at++)
        {
            state.Add(found[at].Aggregate, layout.Column(at, 1));
            results[found[at].ToString()] = state.Results[at];
        }

        RowLayout cells = types.Of([.. state.Columns.DefaultIfEmpty(new RowColumn("one", SqlType.Boolean, true))]);
        return new Aggregates(layout, arguments, state, cells, results);
    }

    /// <summary>The aggregate over the rows of its variable: others do not count. Input 0 is the row, input 1 who took it.</summary>
    private AggregateExpression Counted(MatchAggregateExpression one)
    {
        var aggregate = (AggregateExpression)one.Aggregate.Rewrite(static node => node is ClassifierExpression classifier
            ? new RetypedExpression(s_matched.Column(1, 1), classifier.Type) : node);
        if (one.Variable < 0)
            return aggregate;
        BoundExpression isMember = Resolve.In(s_matched.Column(0, 1),
            [.. match.Variables[one.Variable].Members.Select(static member => Resolve.Integer(member))], isNegated: false);
        BoundExpression filter = aggregate.Filter is null ? isMember : Resolve.Logic(isAnd: true, isMember, aggregate.Filter);
        return new AggregateExpression(
            aggregate.Signature, aggregate.Arguments, aggregate.IsDistinct, filter, aggregate.Order, aggregate.Position);
    }

    private FoldParts? Fold(Aggregates aggregates) => aggregates.Arguments.Count == 0 ? null : new FoldParts(
        aggregates.Layout.Row,
        RowCompiler.Pair(row, s_matched, aggregates.Layout, aggregates.Arguments, context),
        RowCompiler.Pair(aggregates.State, aggregates.Layout, aggregates.State, aggregates.Fold.Added, context));

    private sealed record Aggregates(
        RowLayout Layout, List<BoundExpression> Arguments, AggregateState Fold, RowLayout State,
        Dictionary<string, BoundExpression> Results);
}
