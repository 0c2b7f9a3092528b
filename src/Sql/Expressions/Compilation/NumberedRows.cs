using System.Reflection;
using System.Reflection.Emit;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>A row that a function gave, and its number among those of one call, from 1: WITH ORDINALITY.</summary>
internal struct NumberedRow<T>(T row, long number)
{
    public T Row = row;
    public long Number = number;
}

/// <summary>The columns of <see cref="NumberedRow{T}"/>.</summary>
internal static class NumberedRows
{
    /// <param name="row">Of a type that was not made for SQL.</param>
    /// <returns>Its columns, then the number.</returns>
    public static RowLayout Of(RowLayout row)
    {
        Type type = typeof(NumberedRow<>).MakeGenericType(row.Row);
        FieldInfo inner = type.GetField(nameof(NumberedRow<>.Row))!, number = type.GetField(nameof(NumberedRow<>.Number))!;
        return new RowLayout(type, [.. row.Columns, new RowColumn("ordinality", SqlType.BigInt, false)], [])
        {
            Reads =
            [
                .. row.Reads!.Select(read => read with
                {
                    Load = il =>
                    {
                        il.Emit(row.Row.IsValueType ? OpCodes.Ldflda : OpCodes.Ldfld, inner);
                        read.Load(il);
                    },
                }),
                new MemberRead(typeof(long), il => il.Emit(OpCodes.Ldfld, number), null),
            ],
        };
    }
}
