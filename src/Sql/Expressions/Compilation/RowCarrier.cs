using System.Reflection;
using System.Reflection.Emit;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>What moves between operators with rows of SQL in it: a row, a change of one, a pair of a join, a key with its group's
/// row.</summary>
/// <param name="Type">What moves.</param>
/// <param name="Rows">The rows in it, by the number of their input.</param>
/// <param name="Weight">The field of the weight; null: there is none, each counts once.</param>
internal sealed record RowCarrier(Type Type, IReadOnlyList<CarriedRow> Rows, FieldInfo? Weight)
{
    /// <summary>The row alone.</summary>
    public static RowCarrier Plain(RowLayout row) => new(row.Row, [new CarriedRow(row, [], null)], null);

    /// <summary>A change of a row.</summary>
    public static RowCarrier Changes(RowLayout row)
    {
        Type type = typeof(Change<>).MakeGenericType(row.Row);
        return new RowCarrier(type, [new CarriedRow(row, [Field(type, "Row")], null)], Field(type, "Weight"));
    }

    /// <summary>A change of what a join gives: input 0 is the left row, 1 the right one; each may be missing.</summary>
    public static RowCarrier Pairs(RowLayout left, RowLayout right)
    {
        Type pair = typeof(Joined<,>).MakeGenericType(left.Row, right.Row), type = typeof(Change<>).MakeGenericType(pair);
        FieldInfo row = Field(type, "Row");
        return new RowCarrier(type,
        [
            new CarriedRow(left, [row, Field(pair, "Left")], [row, Field(pair, "HasLeft")]),
            new CarriedRow(right, [row, Field(pair, "Right")], [row, Field(pair, "HasRight")]),
        ], Field(type, "Weight"));
    }

    /// <summary>A change of a group's row: input 0 is its key, 1 what was computed.</summary>
    public static RowCarrier Groups(RowLayout key, RowLayout result)
    {
        Type group = typeof(TableRow<,>).MakeGenericType(key.Row, result.Row), type = typeof(Change<>).MakeGenericType(group);
        FieldInfo row = Field(type, "Row");
        return new RowCarrier(type,
            [new CarriedRow(key, [row, Field(group, "Key")], null), new CarriedRow(result, [row, Field(group, "Value")], null)],
            Field(type, "Weight"));
    }

    /// <summary>What a window gives: input 0 is its key, 1 its bounds in microseconds, 2 what was computed.</summary>
    public static RowCarrier WindowResults(RowLayout key, RowLayout result)
    {
        Type type = typeof(WindowResult<,>).MakeGenericType(key.Row, result.Row);
        var bounds = new RowLayout(typeof(Window),
            [new RowColumn("start", SqlType.BigInt, false), new RowColumn("end", SqlType.BigInt, false)],
            [Field(typeof(Window), "Start"), Field(typeof(Window), "End")]);
        return new RowCarrier(type,
        [
            new CarriedRow(key, [Field(type, "Key")], null), new CarriedRow(bounds, [Field(type, "Window")], null),
            new CarriedRow(result, [Field(type, "Result")], null),
        ], null);
    }

    private static FieldInfo Field(Type type, string property) =>
        type.GetField($"<{property}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)
        ?? throw new InvalidOperationException($"{type} has no field behind {property}.");
}

/// <summary>A row in what moves.</summary>
/// <param name="Layout">Its columns.</param>
/// <param name="Path">The fields that lead to it.</param>
/// <param name="Has">The fields that lead to whether it is there; null: it always is.</param>
internal sealed record CarriedRow(RowLayout Layout, IReadOnlyList<FieldInfo> Path, IReadOnlyList<FieldInfo>? Has)
{
    /// <summary>Loads the address of the row; the address of what moves is on the stack.</summary>
    public void Follow(ILGenerator il)
    {
        foreach (FieldInfo field in Path)
            il.Emit(OpCodes.Ldflda, field);
    }
}
