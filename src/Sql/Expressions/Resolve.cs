using System.Globalization;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions.Catalogue;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions;

/// <summary>Makes bound expressions of bound arguments: finds what an operator, a function or a cast means for their types, and converts
/// them.</summary>
/// <remarks>Everything here fails with <see cref="SqlFault"/> at the given position.</remarks>
internal static class Resolve
{
    private const int MaxNumberLength = 200_000;

    /// <summary>NULL, whose type the context decides.</summary>
    public static ConstantExpression Null(int position = -1) => new(null, SqlType.Unknown, position);

    /// <summary>A quoted text, whose type the context decides.</summary>
    public static ConstantExpression Quoted(string text, int position = -1) => new(text, SqlType.Unknown, position);

    public static ConstantExpression Boolean(bool value, int position = -1) => new(value, SqlType.Boolean, position);

    public static ConstantExpression Integer(int value, int position = -1) => new(value, SqlType.Integer, position);

    /// <summary>A number as it is written: integer, bigint, or numeric, whichever holds it.</summary>
    public static ConstantExpression Number(string text, int position = -1)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int small))
            return new ConstantExpression(small, SqlType.Integer, position);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long whole))
            return new ConstantExpression(whole, SqlType.BigInt, position);
        if (text.Length > MaxNumberLength)
            throw new SqlFault(SqlState.NumericValueOutOfRange, "the number is longer than any number can be", position);
        return new ConstantExpression(NumericText.Parse(text), SqlType.Numeric, position);
    }

    /// <summary>INTERVAL 'text' unit.</summary>
    /// <remarks><paramref name="unit"/>: In lower case: <c>second</c>, <c>day to hour</c>; null: none is said.</remarks>
    public static ConstantExpression Interval(string text, string? unit, int position = -1)
    {
        try
        {
            return new ConstantExpression(Units.Cut(IntervalText.Parse(text, unit), unit), SqlType.Interval, position);
        }
        catch (SqlFault fault)
        {
            throw fault.At(position);
        }
    }

    /// <summary>left op right, or op right where there is no left.</summary>
    public static BoundExpression Operator(string name, BoundExpression? left, BoundExpression right, int position = -1) =>
        Folding.Fold(Unfolded(name, left, right, position));

    private static BoundExpression Unfolded(string name, BoundExpression? left, BoundExpression right, int position)
    {
        name = name == "!=" ? "<>" : name;
        BoundExpression[] operands = left is null ? [right] : [left, right];
        if (name == "||" && left is not null)
            return Concatenation.Of(left, right, position);
        if (left is not null && left.Type.Kind == SqlKind.Array != (right.Type.Kind == SqlKind.Array))
        {
            // A literal beside an array is one itself.
            if (left.Type.Kind == SqlKind.Unknown)
                operands[0] = Conversion.To(left, right.Type, CastContext.Implicit);
            else if (right.Type.Kind == SqlKind.Unknown)
                operands[1] = Conversion.To(right, left.Type, CastContext.Implicit);
        }

        if (ComparisonOperators.Names.Contains(name) && left is not null && operands[0].Type.Kind == SqlKind.Array &&
            operands[1].Type.Kind == SqlKind.Array)
            return Comparison(name, operands[0], operands[1], position);

        SqlType[] types = [.. operands.Select(static one => one.Type.Plain)];
        List<Function> candidates =
            [.. FunctionCatalogue.Shared.Operators(name).Where(one => one.ParameterCount == types.Length)
                .Select(one => one.For(types)).OfType<Function>()];
        // A literal beside a value has the value's type, if there is such an operator.
        Function? found = types.Length == 2 && (types[0].Kind == SqlKind.Unknown) != (types[1].Kind == SqlKind.Unknown)
            ? SameTypes(candidates, types[0].Kind == SqlKind.Unknown ? types[1] : types[0])
            : null;
        bool isAmbiguous = false;
        found ??= Choice.Of(candidates, types, out isAmbiguous);
        if (found is null)
        {
            string signature = left is null ? $"{name} {types[0]}" : $"{types[0]} {name} {types[1]}";
            throw isAmbiguous
                ? new SqlFault(SqlState.AmbiguousFunction, $"operator is not unique: {signature}", position)
                : new SqlFault(SqlState.UndefinedFunction, $"operator does not exist: {signature}", position);
        }

        return Call(found, operands, position);
    }

    /// <summary>name(arguments).</summary>
    /// <remarks><paramref name="name"/>: In lower case.</remarks>
    public static BoundExpression Function(
        string name, IReadOnlyList<BoundExpression> arguments, int position = -1, IReadOnlyList<Function>? own = null)
    {
        switch (name)
        {
            case "now" or "transaction_timestamp" or "statement_timestamp" or "clock_timestamp" or "proctime" or "current_timestamp"
                when arguments.Count == 0:
                return new NowExpression(position);
            case "localtimestamp" when arguments.Count == 0:
                return Conversion.To(new NowExpression(position), SqlType.Timestamp, CastContext.Explicit, position);
            case "current_date" when arguments.Count == 0:
                return Conversion.To(new NowExpression(position), SqlType.Date, CastContext.Explicit, position);
            case "current_time" or "localtime" when arguments.Count == 0:
                return Conversion.To(new NowExpression(position), SqlType.Time, CastContext.Explicit, position);
        }

        if (name is "concat" or "concat_ws" or "format")
            arguments = [.. arguments.Select(static one => Printed(one))];
        SqlType[] types = [.. arguments.Select(static one => one.Type.Plain)];
        IReadOnlyList<FunctionTemplate> named = own is null ? FunctionCatalogue.Shared.Functions(name)
            : [.. own.Select(static one => new FunctionTemplate(one)), .. FunctionCatalogue.Shared.Functions(name)];
        List<Function> candidates = [.. named.Select(one => one.For(types)).OfType<Function>()];
        Function? found = Choice.Of(candidates, types, out bool isAmbiguous);
        if (found is null && !isAmbiguous && arguments.Count == 1 && CastBy(name, arguments[0], position) is { } cast)
            return cast;
        if (found is not null)
            return Folding.Fold(Call(found, arguments, position));
        string signature = $"{name}({string.Join(", ", types.Select(static type => type.ToString()))})";
        if (isAmbiguous)
            throw new SqlFault(SqlState.AmbiguousFunction, $"function {signature} is not unique", position);
        if (named.Count > 0 && types.Any(static type => type.Kind == SqlKind.Unknown) && candidates.Count == 0 &&
            named.Any(one => one.Known is null && one.ParameterCount == types.Length))
            throw new SqlFault(SqlState.IndeterminateDatatype, $"could not determine the type of an argument of {signature}", position);
        throw new SqlFault(SqlState.UndefinedFunction, $"function {signature} does not exist", position);
    }

    /// <summary>A value of any type as the text that PostgreSQL prints for it.</summary>
    private static BoundExpression Printed(BoundExpression value) =>
        value.Type.Kind == SqlKind.Boolean ? Function("boolout", [value]) : Conversion.To(value, SqlType.Text, CastContext.Explicit);

    /// <summary>Whether there is a function of the name, to tell a wrong name from wrong arguments.</summary>
    public static bool IsFunction(string name) => FunctionCatalogue.Shared.Functions(name).Count > 0;

    /// <summary>The names of all functions, to find the nearest one.</summary>
    public static IEnumerable<string> FunctionNames => FunctionCatalogue.Shared.Names;

    /// <summary>The names of all aggregates and functions over windows.</summary>
    public static IEnumerable<string> AggregateNames => AggregateCatalogue.Names;

    /// <summary>CAST (value AS type).</summary>
    public static BoundExpression Cast(BoundExpression value, SqlType type, CastContext context = CastContext.Explicit, int position = -1)
    {
        if (context != CastContext.Explicit && !Conversion.IsPossible(value.Type, type, context))
        {
            throw new SqlFault(SqlState.DatatypeMismatch, $"the value is of type {value.Type}, but {type} is needed",
                position < 0 ? value.Position : position);
        }

        return Conversion.To(value, type, context, position);
    }

    /// <summary>A value of a type of its own: a literal whose type is still open is a text.</summary>
    public static BoundExpression Settled(BoundExpression value) =>
        value.Type.Kind == SqlKind.Unknown ? Conversion.To(value, SqlType.Text, CastContext.Implicit) : value;

    /// <summary>The value as a condition.</summary>
    /// <remarks><paramref name="what"/>: What it is the condition of: WHERE, say.</remarks>
    public static BoundExpression Condition(BoundExpression value, string what)
    {
        if (!Conversion.IsPossible(value.Type, SqlType.Boolean, CastContext.Implicit))
        {
            throw new SqlFault(SqlState.DatatypeMismatch, $"argument of {what} must be type boolean, not type {value.Type}",
                value.Position);
        }

        return Conversion.To(value, SqlType.Boolean, CastContext.Implicit);
    }

    /// <summary>The one type that all of some values are converted to: in CASE, COALESCE, VALUES, UNION and the like.</summary>
    /// <param name="values">At least one.</param>
    /// <param name="what">Where they stand.</param>
    public static SqlType CommonType(IReadOnlyList<BoundExpression> values, string what) =>
        CommonType([.. values.Select(static value => (value.Type, value.Position))], what);

    /// <inheritdoc cref="CommonType(IReadOnlyList{BoundExpression}, string)"/>
    public static SqlType CommonType(IReadOnlyList<(SqlType Type, int Position)> values, string what)
    {
        if (values.All(value => value.Type == values[0].Type) && values[0].Type.Kind != SqlKind.Unknown)
            return values[0].Type;
        SqlType common = SqlType.Unknown;
        foreach ((SqlType type, int position) in values)
        {
            SqlType plain = type.Plain;
            if (plain.Kind == SqlKind.Unknown || plain == common)
                continue;
            if (common.Kind == SqlKind.Unknown)
            {
                common = plain;
            }
            else if (common.Category != plain.Category)
            {
                throw new SqlFault(SqlState.DatatypeMismatch, $"{what} types {common} and {plain} cannot be matched", position);
            }
            else if (!common.IsPreferred && Conversion.IsPossible(common, plain, CastContext.Implicit) &&
                     !(Conversion.IsPossible(plain, common, CastContext.Implicit) && !(common.IsText && plain.IsText)))
            {
                common = plain;
            }
        }

        if (common.Kind == SqlKind.Unknown)
            return SqlType.Text;
        foreach ((SqlType type, int position) in values)
        {
            if (!Conversion.IsPossible(type, common, CastContext.Implicit))
                throw new SqlFault(SqlState.CannotCoerce, $"{what} could not convert type {type} to {common}", position);
        }

        return common;
    }

    /// <summary>The value by the type that was found to be common.</summary>
    public static BoundExpression ToCommon(BoundExpression value, SqlType type) => Conversion.To(value, type, CastContext.Implicit);

    public static BoundExpression Coalesce(IReadOnlyList<BoundExpression> values, int position = -1)
    {
        SqlType type = CommonType(values, "COALESCE");
        return Folding.Fold(new CoalesceExpression([.. values.Select(value => ToCommon(value, type))], type, position));
    }

    public static BoundExpression NullIf(BoundExpression value, BoundExpression other, int position = -1)
    {
        var comparison = (CallExpression)Unfolded("=", value, other, position);
        BoundExpression settled = value.Type.Kind == SqlKind.Unknown ? comparison.Children[0] : value;
        return Folding.Fold(
            new NullIfExpression(settled, comparison.Children[0], comparison.Children[1], comparison.Function, position));
    }

    /// <summary>GREATEST, or LEAST.</summary>
    public static BoundExpression Extreme(bool isGreatest, IReadOnlyList<BoundExpression> values, int position = -1)
    {
        string name = isGreatest ? "GREATEST" : "LEAST";
        SqlType type = CommonType(values, name);
        if (ComparisonOperators.Of("<", type) is null)
            throw new SqlFault(SqlState.UndefinedFunction, $"could not identify a comparison function for type {type}", position);
        return Folding.Fold(new ExtremeExpression(isGreatest, [.. values.Select(value => ToCommon(value, type))], type, position));
    }

    /// <summary>CASE. One with an operand is given conditions made by <see cref="Operator"/> with "=".</summary>
    public static BoundExpression Case(
        IReadOnlyList<(BoundExpression Condition, BoundExpression Result)> branches, BoundExpression? otherwise, int position = -1)
    {
        // The type of ELSE counts first.
        BoundExpression[] results = [.. otherwise is null ? [] : new[] { otherwise }, .. branches.Select(static one => one.Result)];
        SqlType type = CommonType(results, "CASE");
        return Folding.Fold(new CaseExpression(
            [.. branches.Select(one => (Condition(one.Condition, "CASE/WHEN"), ToCommon(one.Result, type)))],
            otherwise is null ? null : ToCommon(otherwise, type), type, position));
    }

    public static BoundExpression Not(BoundExpression condition, int position = -1) =>
        Folding.Fold(new NotExpression(Condition(condition, "NOT"), position));

    public static BoundExpression Logic(bool isAnd, BoundExpression left, BoundExpression right, int position = -1)
    {
        string what = isAnd ? "AND" : "OR";
        BoundExpression[] conditions =
        [
            .. new[] { Condition(left, what), Condition(right, what) }
                .SelectMany(one => one is LogicExpression logic && logic.IsAnd == isAnd ? logic.Children : [one]),
        ];
        return Folding.Fold(new LogicExpression(isAnd, conditions, position));
    }

    public static BoundExpression IsNull(BoundExpression value, bool isNegated, int position = -1) =>
        Folding.Fold(new IsNullExpression(Settled(value), isNegated, position));

    /// <summary>IS TRUE and the like.</summary>
    /// <remarks><paramref name="value"/>: Null: IS UNKNOWN.</remarks>
    public static BoundExpression IsBoolean(BoundExpression condition, bool? value, bool isNegated, int position = -1)
    {
        BoundExpression operand = Condition(condition, "IS");
        return Folding.Fold(value is { } truth ? new IsBooleanExpression(operand, truth, isNegated, position)
            : new IsNullExpression(operand, isNegated, position));
    }

    /// <summary>IS DISTINCT FROM, or negated.</summary>
    public static BoundExpression Distinct(BoundExpression left, BoundExpression right, bool isNegated, int position = -1)
    {
        if (left is ConstantExpression { Value: null, Type.Kind: SqlKind.Unknown })
            return IsNull(right, !isNegated, position);
        if (right is ConstantExpression { Value: null, Type.Kind: SqlKind.Unknown })
            return IsNull(left, !isNegated, position);
        var comparison = (CallExpression)Unfolded("=", left, right, position);
        return Folding.Fold(new DistinctExpression(comparison.Children[0], comparison.Children[1], comparison.Function, isNegated,
            position));
    }

    /// <summary>IN (items), or NOT IN.</summary>
    public static BoundExpression In(BoundExpression operand, IReadOnlyList<BoundExpression> items, bool isNegated, int position = -1)
    {
        SqlType[] types = [.. items.Select(static item => item.Type).Prepend(operand.Type)];
        bool isUniform = types.Where(static type => type.Kind != SqlKind.Unknown).Select(static type =>
            type.Category).Distinct().Count() <= 1;
        if (isUniform)
        {
            SqlType type = CommonType([operand, .. items], "IN");
            if (ComparisonOperators.Of("=", type) is { } equal)
            {
                return Folding.Fold(new InExpression(
                    ToCommon(operand, type), [.. items.Select(item => ToCommon(item, type))], equal, isNegated, position));
            }
        }

        BoundExpression? any = null;
        foreach (BoundExpression item in items)
        {
            BoundExpression one = Operator(isNegated ? "<>" : "=", operand, item, position);
            any = any is null ? one : Logic(isAnd: isNegated, any, one, position);
        }

        return any!;
    }

    /// <summary>BETWEEN.</summary>
    public static BoundExpression Between(
        BoundExpression value, BoundExpression low, BoundExpression high, bool isSymmetric, bool isNegated, int position = -1)
    {
        BoundExpression inside = Both(low, high);
        if (isSymmetric)
            inside = Logic(isAnd: false, inside, Both(high, low), position);
        return isNegated ? Not(inside, position) : inside;

        BoundExpression Both(BoundExpression from, BoundExpression to) =>
            Logic(isAnd: true, Operator(">=", value, from, position), Operator("<=", value, to, position), position);
    }

    /// <summary>ARRAY[items].</summary>
    public static BoundExpression Array(IReadOnlyList<BoundExpression> items, int position = -1)
    {
        if (items.Count == 0)
            throw new SqlFault(SqlState.IndeterminateDatatype, "cannot determine type of empty array", position);
        SqlType type = CommonType(items, "ARRAY").Plain;
        if (type.Kind == SqlKind.Array)
            throw new SqlFault(SqlState.FeatureNotSupported, "arrays of arrays are not supported", position);
        return Folding.Fold(new ArrayExpression([.. items.Select(item => ToCommon(item, type))], SqlType.ArrayOf(type), position));
    }

    /// <summary>An element by its index, from 1: NULL where there is none.</summary>
    public static BoundExpression Element(BoundExpression array, BoundExpression index, int position = -1)
    {
        if (array.Type.Kind is SqlKind.Jsonb)
            return Operator("->", array, index, position);
        if (array.Type.Kind != SqlKind.Array)
            throw new SqlFault(SqlState.DatatypeMismatch, $"cannot subscript type {array.Type} because it is no array", position);
        return Function("array_element", [array, Cast(index, SqlType.Integer, CastContext.Assignment)], position);
    }

    /// <summary>operand op ANY (array), or ALL.</summary>
    public static BoundExpression Quantified(string name, BoundExpression operand, BoundExpression array, bool isAll, int position = -1)
    {
        if (array.Type.Kind == SqlKind.Unknown)
            array = Conversion.To(array, SqlType.ArrayOf(Settled(operand).Type), CastContext.Implicit);
        if (array.Type.Kind != SqlKind.Array)
            throw new SqlFault(SqlState.WrongObjectType, "op ANY/ALL (array) requires array on right side", position);
        var element = new ColumnExpression(0, 0, "element", array.Type.Element!);
        if (Unfolded(name, operand, element, position) is not CallExpression { Children.Count: 2 } call || call.Type.Kind !=
            SqlKind.Boolean)
            throw new SqlFault(SqlState.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean", position);
        SqlType wanted = call.Children[1].Type.Plain;
        BoundExpression converted = Conversion.To(array, SqlType.ArrayOf(wanted), CastContext.Implicit);
        return new QuantifiedArrayExpression(call.Children[0], converted, call.Function, isAll, position);
    }

    /// <summary>A comparison of two values of any one type: for joins, orders and keys.</summary>
    /// <remarks><paramref name="name"/>: One of = &lt;&gt; &lt; &lt;= &gt; &gt;=.</remarks>
    public static BoundExpression Comparison(string name, BoundExpression left, BoundExpression right, int position = -1)
    {
        SqlType type = CommonType([left, right], name);
        Function function = ComparisonOperators.Of(name, type)
            ?? throw new SqlFault(SqlState.UndefinedFunction, $"operator does not exist: {left.Type} {name} {right.Type}", position);
        return new CallExpression(function, [ToCommon(left, type), ToCommon(right, type)], SqlType.Boolean, position);
    }

    /// <summary>Whether values of the type can be grouped by, joined on and made distinct.</summary>
    public static bool HasEquality(SqlType type) => ComparisonOperators.Of("=", type) is not null;

    /// <summary>Whether values of the type have an order.</summary>
    public static bool HasOrder(SqlType type) => ComparisonOperators.Of("<", type) is not null;

    /// <summary>Whether the name is that of an aggregate, or of a function that needs OVER.</summary>
    public static bool IsAggregate(string name) => AggregateCatalogue.IsKnown(name);

    /// <summary>The aggregate, or window function, that is meant, and its arguments by the types that it takes.</summary>
    /// <remarks><paramref name="name"/>: In lower case.
    /// <paramref name="arguments"/>: Those in the parentheses; none for <c>count(*)</c>.
    /// <paramref name="within"/>: Of WITHIN GROUP (ORDER BY …): what is ordered by.
    /// <paramref name="own"/>: The application's own aggregates of the name; null: there are none.</remarks>
    public static (AggregateSignature Signature, IReadOnlyList<BoundExpression> Arguments, IReadOnlyList<BoundExpression> Within) Aggregate(
        string name, IReadOnlyList<BoundExpression> arguments, IReadOnlyList<BoundExpression> within, int position = -1,
        IReadOnlyList<OwnAggregate>? own = null)
    {
        SqlType[] types = [.. arguments.Concat(within).Select(static one => one.Type.Plain)];
        AggregateSignature signature = (own is null || within.Count > 0 ? null : OwnAggregate.Find(own, types))
            ?? AggregateCatalogue.Find(name, types, within.Count > 0, position);
        BoundExpression[] converted =
            [.. arguments.Concat(within).Select((one, at) => Conversion.To(one, signature.Parameters[at], CastContext.Implicit))];
        return (signature, converted[..arguments.Count], converted[arguments.Count..]);
    }

    private static CallExpression Call(Function function, IReadOnlyList<BoundExpression> arguments, int position)
    {
        BoundExpression[] converted =
            [.. arguments.Select((argument, at) => Conversion.To(argument, Choice.Parameter(function, at), CastContext.Implicit))];
        return new CallExpression(function, converted, function.Result, position);
    }

    private static Function? SameTypes(List<Function> candidates, SqlType type)
    {
        SqlType bare = type.Kind == SqlKind.Varchar ? SqlType.Text : type;
        return candidates.Find(one => one.Parameters[0].IsSame(bare) && one.Parameters[1].IsSame(bare));
    }

    /// <summary>The name of a type, as a function of one argument, is a cast.</summary>
    private static BoundExpression? CastBy(string name, BoundExpression argument, int position)
    {
        if (name is not ("int2" or "int4" or "int8" or "float4" or "float8" or "numeric" or "text" or "varchar" or "date" or "time"
            or "timestamp"
                or "timestamptz" or "interval" or "bool" or "json" or "jsonb" or "bytea"))
            return null;
        SqlType type = SqlType.Named(name);
        return argument.Type.Kind == SqlKind.Unknown || Conversion.IsPossible(argument.Type, type, CastContext.Explicit)
            ? Cast(argument, type, CastContext.Explicit, position)
            : null;
    }
}
