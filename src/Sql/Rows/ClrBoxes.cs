using System.Reflection;
using System.Reflection.Emit;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Rows;

/// <summary>Rows as arrays of boxed values: for those who read results without knowing their type.</summary>
internal static class ClrBoxes
{
    /// <summary>A value of SQL as the type of .NET that users see.</summary>
    /// <exception cref="OverflowException">That type cannot hold it.</exception>
    public static object Of(object value)
    {
        try
        {
            return value switch
            {
                Numeric number => ClrValues.ToDecimal(number),
                TimestampTz instant => ClrValues.ToInstant(instant),
                Timestamp time => ClrValues.ToDateTime(time),
                Date date => ClrValues.ToDate(date),
                Time time => ClrValues.ToTime(time),
                SqlInterval span => ClrValues.ToSpan(span),
                Bytea bytes => ClrValues.ToBytes(bytes),
                Json json => json.Text,
                Jsonb json => json.Text,
                ISqlArray array => ArrayOf(array),
                _ => value,
            };
        }
        catch (SqlFault fault)
        {
            throw new OverflowException($"{fault.Message}. Read it as text.", fault);
        }
    }

    /// <summary>Rows that are arrays of what the engine computes with.</summary>
    public static RowLayout Layout(IReadOnlyList<RowColumn> columns) => new(typeof(object[]), columns, [])
    {
        Maker = new RowMaker([.. columns.Select(static column => new RowPart(column.Name, typeof(object), true, BoxOf(column.Type)))],
            Make),
    };

    public static object Box<T>(T value) => value!;

    private static MethodInfo BoxOf(SqlType type) => typeof(ClrBoxes).GetMethod(nameof(Box))!.MakeGenericMethod(type.Clr);

    private static LocalBuilder Make(ILGenerator il, IReadOnlyList<LocalBuilder> parts)
    {
        LocalBuilder made = il.DeclareLocal(typeof(object[]));
        il.Emit(OpCodes.Ldc_I4, parts.Count);
        il.Emit(OpCodes.Newarr, typeof(object));
        il.Emit(OpCodes.Stloc, made);
        for (int at = 0; at < parts.Count; at++)
        {
            il.Emit(OpCodes.Ldloc, made);
            il.Emit(OpCodes.Ldc_I4, at);
            il.Emit(OpCodes.Ldloc, parts[at]);
            il.Emit(OpCodes.Stelem_Ref);
        }

        return made;
    }

    private static object ArrayOf(ISqlArray array)
    {
        object?[] items = new object?[array.Count];
        for (int at = 0; at < items.Length; at++)
            items[at] = array[at] is { } item ? Of(item) : null;
        Type? element = items.FirstOrDefault(static item => item is not null)?.GetType();
        if (element is null || items.Contains(null))
            return items;
        Array made = Array.CreateInstance(element, items.Length);
        items.CopyTo(made, 0);
        return made;
    }
}
