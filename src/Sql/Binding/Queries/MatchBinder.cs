using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>The pattern that an expression belongs to.</summary>
/// <param name="Input">The names of the rows that are searched.</param>
/// <param name="Variables">Variables and subsets by name, with their numbers.</param>
/// <param name="IsFinal">What is read where neither RUNNING nor FINAL is said.</param>
/// <param name="IsDefine">A condition of a variable, not a measure.</param>
internal sealed record MatchContext(Scope Input, IReadOnlyDictionary<string, int> Variables, bool IsFinal, bool IsDefine)
{
    /// <summary>In the arguments of an aggregate: the variables that they name; a negative number for none.</summary>
    public HashSet<int>? Aggregated { get; init; }
}

/// <summary>MATCH_RECOGNIZE: variables, conditions, measures, navigation.</summary>
internal sealed class MatchBinder(Binders binders)
{
    private readonly BindingSession _session = binders.Session;

    public (Relation Relation, Scope Scope) Bind(MatchRecognize match, Func<TableReference, (Relation Relation, Scope Scope)> bindInput,
        Surroundings surroundings)
    {
        (Relation input, Scope names) = bindInput(match.Input);
        if (OuterColumns.IsCorrelated(input))
            throw _session.Unsupported("Patterns are not searched in rows that name columns of other tables.", match.Input.Span);
        _ = surroundings;
        var plain = new ExpressionContext(new Surroundings(names, null), "MATCH_RECOGNIZE") { AllowsQueries = false };
        BoundExpression[] partitions = [.. match.PartitionBy.Select(value => ColumnOf(value, plain, "PARTITION BY"))];
        OrderKey[] order = [.. match.OrderBy.Select(item => binders.Calls.KeyOf(item, ColumnOf(item.Value, plain, "ORDER BY")))];
        if (order.Length == 0)
            throw _session.Fault(SqlErrorCategory.Watermark, SqlState.InvalidTableDefinition,
                "MATCH_RECOGNIZE needs ORDER BY a time: rows of a stream come in no order.", match.Pattern.Span);
        if (order[0].Value.Type.Kind is not (SqlKind.Timestamp or SqlKind.TimestampTz or SqlKind.Date) || order[0].IsDescending)
            throw _session.Fault(SqlErrorCategory.Watermark, SqlState.InvalidTableDefinition,
                "The first value of ORDER BY in MATCH_RECOGNIZE is a time, ascending.", match.OrderBy[0].Span);
        RowsPerMatch rows = match.Rows switch
        {
            RowsPerMatch.Unsaid => RowsPerMatch.One,
            RowsPerMatch.All => RowsPerMatch.AllShowEmpty,
            var said => said,
        };
        if (rows == RowsPerMatch.AllWithUnmatched && PatternNames.All(match.Pattern).Any(part => part is ExclusionPattern))
            throw _session.Unsupported("WITH UNMATCHED ROWS and an exclusion {- -} do not go together.", match.Pattern.Span);
        IReadOnlyList<MatchVariable> variables = Variables(match, names);
        var numbers = variables.Select((variable, at) => (variable.Name, at)).ToDictionary(one => one.Name, one => one.at,
            StringComparer.Ordinal);
        var measures = new ExpressionContext(plain.Surroundings, "MEASURES")
        {
            AllowsQueries = false,
            Match = new MatchContext(names, numbers, rows == RowsPerMatch.One, IsDefine: false),
        };
        BoundExpression[] values = [.. match.Measures.Select(measure => binders.Expressions.BindSettled(measure.Value, measures))];
        int[] other = rows == RowsPerMatch.One ? [] : Others(input, partitions, order);
        RelationColumn[] columns =
        [
            .. partitions.Cast<ColumnExpression>().Select(column => input.Columns[column.Ordinal]),
            .. rows == RowsPerMatch.One ? [] : order.Select(key => (ColumnExpression)key.Value).Select(column =>
                input.Columns[column.Ordinal]),
            .. values.Select((value, at) => Measured(value, match.Measures[at].Name.Name, input, order)
                with { IsNullable = value.IsNullable || rows == RowsPerMatch.AllWithUnmatched }),
            .. other.Select(at => input.Columns[at]),
        ];
        var relation = new MatchRelation(input, partitions, order, match.Pattern, variables, values, columns)
        {
            Rows = rows,
            Skip = match.Skip?.Kind ?? SkipTarget.PastLastRow,
            SkipVariable = match.Skip?.Variable is { } variable ? Number(variable, numbers) : -1,
            Within = match.Within is null ? null : Within(match.Within, plain),
            OtherColumns = other,
        };
        return binders.Tables.Aliased(relation, match.Alias, null, []);
    }

    /// <summary>A column of a pattern's rows, alone or of a variable.</summary>
    public BoundExpression Column(ColumnReference reference, ExpressionContext context)
    {
        MatchContext match = context.Match!;
        int variable = -1;
        ColumnReference plain = reference;
        if (reference.Parts.Count == 2)
        {
            if (match.Variables.TryGetValue(reference.Parts[0].Name, out variable))
                plain = reference with { Parts = [reference.Parts[1]] };
            else if (match.Input.Entries.Any(entry => entry.Name == reference.Parts[0].Name))
                variable = -1;
            else
                throw Unknown(reference.Parts[0], match.Variables);
        }

        var column = (ColumnExpression)binders.Names.Column(plain, new Surroundings(match.Input, null));
        if (match.Aggregated is null)
            return new MatchColumnExpression(MatchRow.Present with { Variable = variable, IsFinal = match.IsFinal }, column.Ordinal,
                column.Name, column.Type, reference.Span.Start);
        match.Aggregated.Add(variable);
        return column;
    }

    /// <summary>A call that means something of its own in a pattern; null: it is a function as anywhere.</summary>
    public BoundExpression? Call(FunctionCall call, string name, ExpressionContext context)
    {
        MatchContext match = context.Match!;
        if (call.Over is not null)
            throw _session.Unsupported("A function over a window does not stand in a pattern.", call.Span);
        bool isFinal = call.Semantics switch
        {
            MatchSemantics.Final => true,
            MatchSemantics.Running => false,
            _ => match.IsFinal,
        };
        if (call.Semantics == MatchSemantics.Final && match.IsDefine)
            throw Wrong("FINAL does not stand in DEFINE: the match is not known there.", call);
        switch (name)
        {
            case "first" or "last" when call.Arguments.Count is 1 or 2:
                return Logical(call, name == "first" ? MatchEnd.First : MatchEnd.Last, isFinal, context);
            case "prev" or "next" when call.Arguments.Count is 1 or 2:
                if (call.Semantics != MatchSemantics.Unsaid)
                    throw Wrong("RUNNING and FINAL stand before FIRST, LAST and aggregates.", call);
                return Physical(call, name == "prev" ? -1 : 1, context);
            case "classifier" when call.Arguments.Count <= 1 && !call.HasStar:
                return Classifier(call, context);
            case "match_number" when call.Arguments.Count == 0:
                return new MatchNumberExpression(call.Span.Start);
        }

        if (!_session.IsAggregate(name))
        {
            return call.Semantics == MatchSemantics.Unsaid && call.StarOf is null ? null
                : throw Wrong("RUNNING and FINAL stand before FIRST, LAST and aggregates.", call);
        }

        return Aggregate(call, name, isFinal, context);
    }

    private BoundExpression Aggregate(FunctionCall call, string name, bool isFinal, ExpressionContext context)
    {
        MatchContext match = context.Match!;
        if (match.Aggregated is not null)
            throw _session.Fault(SqlErrorCategory.Grouping, SqlState.GroupingError, "An aggregate does not stand in an aggregate.",
                call.Span);
        var variables = new HashSet<int>();
        if (call.StarOf is not null)
            variables.Add(Number(call.StarOf, match.Variables));
        AggregateExpression aggregate = binders.Calls.Signed(call, name, context with { Match = match with { Aggregated = variables } });
        if (aggregate.Signature.NeedsOver)
            throw Wrong($"{name} needs OVER, so it does not stand in a pattern.", call);
        if (variables.Count > 1)
            throw Wrong("The arguments of an aggregate of a pattern are of one variable.", call);
        return new MatchAggregateExpression(aggregate, variables.FirstOrDefault(-1), isFinal, call.Span.Start);
    }

    private BoundExpression Classifier(FunctionCall call, ExpressionContext context)
    {
        MatchContext match = context.Match!;
        int variable = call.Arguments.IsEmpty ? -1 : call.Arguments[0].Value is ColumnReference { Parts.Count: 1 } named
            ? Number(named.Parts[0], match.Variables) : throw Wrong("CLASSIFIER takes a variable of the pattern.", call);
        match.Aggregated?.Add(variable);
        return new ClassifierExpression(MatchRow.Present with
        {
            Variable = variable,
            IsFinal = match.Aggregated is null
            && match.IsFinal
        }, call.Span.Start);
    }

    /// <summary>FIRST and LAST: a row of the variable that the expression names.</summary>
    private BoundExpression Logical(FunctionCall call, MatchEnd end, bool isFinal, ExpressionContext context)
    {
        BoundExpression value = Navigated(call, context);
        long offset = Offset(call, 0, context);
        return Moved(call, value, row => row.End == MatchEnd.Last && row is { Logical: 0, Physical: 0 }
            ? row with { End = end, Logical = offset, IsFinal = isFinal }
            : throw Wrong("FIRST and LAST stand in PREV and NEXT, not around them or around one another.", call));
    }

    /// <summary>PREV and NEXT: a row before or after another.</summary>
    private BoundExpression Physical(FunctionCall call, int direction, ExpressionContext context)
    {
        BoundExpression value = Navigated(call, context);
        long offset = Offset(call, 1, context);
        // of a row that is not moved by FIRST or LAST the present one is meant, in measures of one row, too
        return Moved(call, value, row => row.Physical == 0 ? row with { Physical = direction * offset }
            : throw Wrong("PREV and NEXT do not stand in one another.", call));
    }

    private BoundExpression Navigated(FunctionCall call, ExpressionContext context)
    {
        if (context.Match!.Aggregated is not null)
            throw _session.Unsupported("FIRST, LAST, PREV and NEXT do not stand in an aggregate.", call.Span);
        if (call.HasStar || call.IsDistinct || !call.OrderBy.IsEmpty || call.Filter is not null)
            throw Wrong("FIRST, LAST, PREV and NEXT take an expression and a number.", call);
        return binders.Expressions.BindSettled(call.Arguments[0].Value, context);
    }

    private long Offset(FunctionCall call, long unsaid, ExpressionContext context)
    {
        if (call.Arguments.Count < 2)
            return unsaid;
        Expression written = call.Arguments[1].Value;
        BoundExpression value = Resolve.Cast(binders.Expressions.Bind(written, context), SqlType.BigInt, CastContext.Assignment,
            written.Span.Start);
        return value is ConstantExpression { Value: >= 0L and <= int.MaxValue } constant ? (long)constant.Value
            : throw _session.Fault(SqlErrorCategory.OutOfRange, SqlState.InvalidParameterValue,
                "The distance of a row is a constant that is not negative.", written.Span);
    }

    private BoundExpression Moved(FunctionCall call, BoundExpression value, Func<MatchRow, MatchRow> move)
    {
        if (value.All().Any(node => node is MatchAggregateExpression))
            throw _session.Unsupported("Aggregates do not stand in FIRST, LAST, PREV and NEXT.", call.Span);
        int[] variables = [.. value.All().Select(node => node switch
        {
            MatchColumnExpression column => column.Row.Variable,
            ClassifierExpression classifier => classifier.Row.Variable,
            _ => (int?)null,
        }).OfType<int>().Distinct()];
        return variables.Length switch
        {
            0 => throw Wrong("FIRST, LAST, PREV and NEXT need a column, whose row they choose.", call),
            > 1 => throw Wrong("What FIRST, LAST, PREV and NEXT read is of one variable.", call),
            _ => value.Rewrite(node => node switch
            {
                MatchColumnExpression column => column.At(move(column.Row)),
                ClassifierExpression classifier => classifier.At(move(classifier.Row)),
                _ => node,
            }),
        };
    }

    private List<MatchVariable> Variables(MatchRecognize match, Scope names)
    {
        string[] inPattern = [.. PatternNames.Of(match.Pattern).Select(variable => variable.Name).Distinct(StringComparer.Ordinal)];
        if (inPattern.Length == 0)
            throw _session.Fault(SqlErrorCategory.UnknownVariable, SqlState.SyntaxError, "The pattern has no variable.",
                match.Pattern.Span);
        var numbers = inPattern.Select((name, at) => (name, at)).ToDictionary(one => one.name, one => one.at, StringComparer.Ordinal);
        var members = new List<int[]>(inPattern.Select((_, at) => (int[])[at]));
        foreach (PatternSubset subset in match.Subsets)
        {
            if (numbers.ContainsKey(subset.Name.Name))
                throw Twice(subset.Name, "is a variable or a subset already");
            int[] own = [.. subset.Variables.Select(variable => inPattern.Contains(variable.Name, StringComparer.Ordinal)
                ? numbers[variable.Name] : throw Unknown(variable, numbers)).Distinct()];
            numbers.Add(subset.Name.Name, members.Count);
            members.Add(own);
        }

        var conditions = new BoundExpression?[members.Count];
        var defined = new HashSet<string>(StringComparer.Ordinal);
        var context = new ExpressionContext(new Surroundings(names, null), "DEFINE")
        {
            AllowsQueries = false,
            Match = new MatchContext(names, numbers, IsFinal: false, IsDefine: true),
        };
        foreach (PatternDefinition definition in match.Definitions)
        {
            if (!inPattern.Contains(definition.Variable.Name, StringComparer.Ordinal))
                throw Unknown(definition.Variable, numbers);
            if (!defined.Add(definition.Variable.Name))
                throw Twice(definition.Variable, "is defined twice");
            conditions[numbers[definition.Variable.Name]] = binders.Expressions.BindCondition(definition.Condition, context);
        }

        return [.. numbers.OrderBy(one => one.Value).Select(one => new MatchVariable(one.Key, members[one.Value], conditions[one.Value]))];
    }

    /// <summary>A measure that is the time of the match's last row has the watermark of the rows.</summary>
    private static RelationColumn Measured(BoundExpression value, string name, Relation input, OrderKey[] order)
    {
        bool isTime = value is MatchColumnExpression { Row: { End: MatchEnd.Last, Logical: 0, Physical: 0, Variable: -1 } } column
            && order[0].Value is ColumnExpression time && time.Ordinal == column.Ordinal
            && input.Columns[time.Ordinal].Time == TimeRole.EventTime;
        return new RelationColumn(name, value.Type, value.IsNullable, isTime ? TimeRole.EventTime : TimeRole.None);
    }

    private ColumnExpression ColumnOf(Expression expression, ExpressionContext context, string clause) =>
        binders.Expressions.Bind(expression, context) as ColumnExpression
        ?? throw _session.Unsupported($"{clause} of MATCH_RECOGNIZE names columns, not expressions.", expression.Span,
            "Compute it in a query below.");

    private static int[] Others(Relation input, BoundExpression[] partitions, OrderKey[] order)
    {
        HashSet<int> taken = [.. partitions.Concat(order.Select(key => key.Value)).Cast<ColumnExpression>().Select(column =>
            column.Ordinal)];
        return [.. Enumerable.Range(0, input.Columns.Count).Where(at => !taken.Contains(at))];
    }

    private long Within(Expression expression, ExpressionContext context)
    {
        long micros = binders.Functions.Micros(expression, context);
        return micros > 0 ? micros
            : throw _session.Fault(SqlErrorCategory.WindowParameter, SqlState.InvalidParameterValue, "WITHIN takes a positive interval.",
                expression.Span);
    }

    private int Number(Identifier variable, IReadOnlyDictionary<string, int> known) =>
        known.TryGetValue(variable.Name, out int number) ? number : throw Unknown(variable, known);

    private SqlException Unknown(Identifier variable, IReadOnlyDictionary<string, int> known) =>
        _session.Fault(SqlErrorCategory.UnknownVariable,
        SqlState.UndefinedObject, $"The pattern has no variable \"{variable}\".", variable.Span,
            NearestName.Hint(variable.Name, known.Keys));

    private SqlException Twice(Identifier variable, string what) =>
        _session.Fault(SqlErrorCategory.DuplicateVariable, SqlState.DuplicateObject, $"\"{variable}\" {what}.", variable.Span);

    private SqlException Wrong(string fault, FunctionCall call) =>
        _session.Fault(SqlErrorCategory.Type, SqlState.DatatypeMismatch, fault, call.Span);
}
