using System.Reflection;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>A column of a row type.</summary>
/// <param name="Name">Its name in the row; it is stored under it.</param>
/// <param name="Type">What it holds.</param>
/// <param name="IsNullable">Whether it may be null: then its field is a <see cref="Nullable{T}"/>, or an object.</param>
internal sealed record RowColumn(string Name, SqlType Type, bool IsNullable);

/// <summary>A type of rows, and the field of each column.</summary>
/// <param name="Row">A struct; a type of the user's may be a class.</param>
/// <param name="Columns">In order.</param>
/// <param name="Fields">One for each column; none where <see cref="Reads"/> or <see cref="Maker"/> say how.</param>
internal sealed record RowLayout(Type Row, IReadOnlyList<RowColumn> Columns, IReadOnlyList<FieldInfo> Fields)
{
    /// <summary>Of a type that was not made for SQL: how each column is read from it. Null: from the fields.</summary>
    public IReadOnlyList<MemberRead>? Reads { get; init; }

    /// <summary>Of a type that was not made for SQL: how a row is made of its columns. Null: its fields are set.</summary>
    public RowMaker? Maker { get; init; }

    /// <summary>An expression for a column.</summary>
    /// <param name="ordinal">From 0.</param>
    /// <param name="input">Which row it is a column of; see <see cref="ColumnExpression.Input"/>.</param>
    public ColumnExpression Column(int ordinal, int input = 0) =>
        new(input, ordinal, Columns[ordinal].Name, Columns[ordinal].Type, Columns[ordinal].IsNullable);

    /// <summary>An expression for every column, in order.</summary>
    /// <param name="input">Which row they are columns of.</param>
    public BoundExpression[] All(int input = 0) => [.. Columns.Select((_, at) => Column(at, input))];

    /// <summary>The type of the field that holds a column.</summary>
    public static Type FieldType(RowColumn column) =>
        column.IsNullable && column.Type.Clr.IsValueType ? typeof(Nullable<>).MakeGenericType(column.Type.Clr) : column.Type.Clr;
}
