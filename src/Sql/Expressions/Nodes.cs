using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions;

/// <summary>A value that is known when the statement is planned.</summary>
/// <remarks><paramref name="value"/>: By the type's <see cref="SqlType.Clr"/>; a text where the type is unknown; null: NULL.</remarks>
internal sealed class ConstantExpression(object? value, SqlType type, int position = -1) : BoundExpression(type, position)
{
    public object? Value { get; } = value;

    public override bool IsNullable => Value is null;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => this;

    protected override string ToText() =>
        Value is null ? $"NULL::{Type}"
        : Type.Kind is SqlKind.Integer or SqlKind.Boolean ? ValueText.Of(Value)
        : $"'{ValueText.Of(Value).Replace("'", "''", StringComparison.Ordinal)}'::{Type}";
}

/// <summary>A column of a row that comes in.</summary>
/// <remarks><paramref name="input"/>: Which row: 0, or of a join 0 for the left one and 1 for the right one.
/// <paramref name="ordinal"/>: The place of the column in it, from 0.
/// <paramref name="name"/>: For people.</remarks>
internal sealed class ColumnExpression(int input, int ordinal, string name, SqlType type, bool isNullable = true, int position = -1)
    : BoundExpression(type, position)
{
    public int Input { get; } = input;

    public int Ordinal { get; } = ordinal;

    public string Name { get; } = name;

    public override bool IsNullable { get; } = isNullable;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => this;

    protected override string ToText() => $"{Name}${Input}.{Ordinal}";
}

/// <summary>A function, an operator or a cast, applied.</summary>
/// <remarks><paramref name="function"/>: Its parameters have exactly the types of the arguments.</remarks>
internal sealed class CallExpression(Function function, IReadOnlyList<BoundExpression> arguments, SqlType type, int position = -1)
    : BoundExpression(type, position)
{
    public Function Function { get; } = function;

    public override bool IsNullable => Function.MayBeNull || (Function.IsStrict && Children.Any(static child => child.IsNullable));

    public override bool CanFail => Function.CanFail && !DividesByConstant;

    public override IReadOnlyList<BoundExpression> Children { get; } = arguments;

    /// <summary>The remainder, or the quotient, of whole numbers by one that has both.</summary>
    private bool DividesByConstant => Function.Name is "%" or "mod" or "/" && Type.IsInteger && Children.Count == 2
        && Children[1] is ConstantExpression { Value: short or int or long } divisor
        && Convert.ToInt64(divisor.Value, System.Globalization.CultureInfo.InvariantCulture) is not (0 or -1);

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) =>
        new CallExpression(Function, children, Type, Position);

    protected override string ToText() => Function.Kind switch
    {
        FunctionKind.Cast => $"{Children[0]}::{Type}",
        FunctionKind.Operator when Children.Count == 2 => $"({Children[0]} {Function.Name} {Children[1]})",
        FunctionKind.Operator => $"({Function.Name} {Children[0]})",
        _ => $"{Function.Name}({Join(Children)})",
    };
}

/// <summary>The time of the clock, the same for all that is computed at one time.</summary>
internal sealed class NowExpression(int position = -1) : BoundExpression(SqlType.TimestampTz, position)
{
    public override bool IsNullable => false;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => this;

    protected override string ToText() => "now()";
}

/// <summary>An array of its items.</summary>
internal sealed class ArrayExpression(IReadOnlyList<BoundExpression> items, SqlType type, int position = -1)
    : BoundExpression(type, position)
{
    public override bool IsNullable => false;

    public override IReadOnlyList<BoundExpression> Children { get; } = items;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => new ArrayExpression(children, Type, Position);

    protected override string ToText() => $"ARRAY[{Join(Children)}]";
}
