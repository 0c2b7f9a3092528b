using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ActorStreams.Serving.Access;

namespace ActorStreams.Serving.Views;

/// <summary>Conditions on rows of a type, made once for a request: columns are found and values are read before any row is looked
/// at.</summary>
/// <remarks>Texts are compared by their code units. A value that is null holds for <c>ne</c> only. A column that is compared is boxed, row
/// by row.</remarks>
internal static class RowConditions
{
    /// <returns>Whether all of them hold for a row; null: there are none.</returns>
    /// <exception cref="WrongRequestException">There is no such column, its type has no order, or the value is none of it.</exception>
    public static Func<TValue, bool>? Of<TValue>(IReadOnlyList<RowCondition> conditions, JsonSerializerOptions options)
    {
        if (conditions.Count == 0)
            return null;
        Func<object, bool>[] all = [.. conditions.Select(condition => Of(condition, options, typeof(TValue)))];
        return row => row is not null && Array.TrueForAll(all, one => one(row));
    }

    private static Func<object, bool> Of(RowCondition condition, JsonSerializerOptions options, Type row)
    {
        options.MakeReadOnly(populateMissingResolver: true);
        IList<JsonPropertyInfo> columns = options.GetTypeInfo(row).Properties;
        JsonPropertyInfo? column = columns.FirstOrDefault(column => column.Name == condition.Column && column.Get is not null);
        if (column?.Get is not { } get)
        {
            throw new WrongRequestException(
                $"where: there is no column '{condition.Column}'. There are: {string.Join(", ", columns.Select(static column => column.Name).DefaultIfEmpty("none"))}.");
        }

        Type type = Nullable.GetUnderlyingType(column.PropertyType) ?? column.PropertyType;
        if (!typeof(IComparable).IsAssignableFrom(type))
            throw new WrongRequestException($"where: column '{condition.Column}' is of {type.Name}, which has no order to compare by.");
        object value = ValueOf(condition, type, options);
        Func<int, bool> holds = condition.Holds;
        bool isHeldByNull = condition.Operator == "ne";
        return one => get(one) switch
        {
            null => isHeldByNull,
            string text => holds(string.CompareOrdinal(text, (string)value)),
            var other => holds(((IComparable)other).CompareTo(value)),
        };
    }

    /// <summary>Texts, times and names of values stand as they are; numbers and the rest are JSON.</summary>
    private static object ValueOf(RowCondition condition, Type type, JsonSerializerOptions options)
    {
        if (type == typeof(string))
            return condition.Value;
        foreach (string json in (string[])[condition.Value, JsonSerializer.Serialize(condition.Value)])
        {
            try
            {
                if (JsonSerializer.Deserialize(json, type, options) is { } value)
                    return value;
            }
            catch (JsonException)
            {
                // the next form, or none
            }
        }

        throw new WrongRequestException($"where: '{condition.Value}' is no {type.Name}, which column '{condition.Column}' is of.");
    }
}
