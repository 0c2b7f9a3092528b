using System.Globalization;
using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Rows;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Jobs;

/// <summary>Values of a program as those of a table's columns.</summary>
internal static class GivenValues
{
    /// <exception cref="SqlException">There are not as many as columns, or one is not of its column's type.</exception>
    public static object?[] Of(IReadOnlyList<object?> row, CatalogTable table)
    {
        if (row.Count != table.Columns.Count)
        {
            throw new SqlException(SqlErrorCategory.Type, SqlState.SyntaxError,
                $"\"{table.Name}\" has {table.Columns.Count} columns, and the row has {row.Count} values.");
        }

        object?[] values = new object?[row.Count];
        for (int at = 0; at < values.Length; at++)
        {
            try
            {
                values[at] = row[at] is { } value ? Of(value, table.Columns[at].Type) : null;
            }
            catch (Exception fault) when (fault is SqlFault or InvalidCastException or OverflowException or FormatException)
            {
                string state = fault is SqlFault known ? known.State : SqlState.DatatypeMismatch;
                throw new SqlException(SqlErrorCategories.Of(state, fault.Message), state,
                    $"\"{table.Name}\", column \"{table.Columns[at].Name}\" ({table.Columns[at].Type}): {fault.Message}.", null, fault);
            }
        }

        return values;
    }

    private static object Of(object value, SqlType type)
    {
        if (value is string text && !type.IsText)
            return ValueText.Parse(text, type);
        if (value.GetType() == type.Clr)
            return type.Kind == SqlKind.Numeric && type.Precision >= 0 ? NumericMath.Fit((Numeric)value, type.Precision, type.Scale)
                : value;
        return type.Kind switch
        {
            SqlKind.SmallInt => Convert.ToInt16(value, CultureInfo.InvariantCulture),
            SqlKind.Integer => Convert.ToInt32(value, CultureInfo.InvariantCulture),
            SqlKind.BigInt => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            SqlKind.Real => Convert.ToSingle(value, CultureInfo.InvariantCulture),
            SqlKind.Double => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            SqlKind.Text or SqlKind.Varchar => Convert.ToString(value, CultureInfo.InvariantCulture)!,
            SqlKind.Numeric => Of(value is double or float ? NumericText.Parse(ValueText.Of(value))
                : ClrValues.OfDecimal(Convert.ToDecimal(value, CultureInfo.InvariantCulture)), type),
            SqlKind.TimestampTz when value is DateTimeOffset instant => ClrValues.OfInstant(instant),
            SqlKind.TimestampTz when value is DateTime time => ClrValues.OfInstant(new DateTimeOffset(time.ToUniversalTime())),
            SqlKind.Timestamp when value is DateTime time => ClrValues.OfDateTime(time),
            SqlKind.Timestamp when value is DateTimeOffset instant => ClrValues.OfInstant(instant).Utc,
            SqlKind.Date when value is DateOnly date => ClrValues.OfDate(date),
            SqlKind.Time when value is TimeOnly time => ClrValues.OfTime(time),
            SqlKind.Interval when value is TimeSpan span => ClrValues.OfSpan(span),
            SqlKind.Bytea when value is byte[] bytes => ClrValues.OfBytes(bytes),
            _ => throw new InvalidCastException($"a {value.GetType().Name} is no {type}"),
        };
    }
}
