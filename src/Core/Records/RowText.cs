using System.Collections.Concurrent;
using System.Reflection;
using ActorStreams.Core.Codecs.Runtime;

namespace ActorStreams.Core.Records;

/// <summary>A row as text, for errors and dead letters: by its own <c>ToString</c>, unless that would go so deep that the process
/// ends.</summary>
/// <remarks>What the compiler makes for records calls itself for each level: a list linked by hand of a hundred thousand nodes overflows
/// the stack, which nothing can catch.</remarks>
internal static class RowText
{
    private const int MaxDepth = 256, MaxValues = 10_000;
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> s_fields = new();

    public static string Of<T>(T row)
    {
        try
        {
            if (row is null)
                return "null";
            int left = MaxValues;
            return IsTooDeep(row, 0, ref left) ? $"({TypeName.Of(row.GetType())}, too large or nested too deep to be shown)"
                : row.ToString() ?? "null";
        }
        catch (Exception error)
        {
            return $"({typeof(T).Name}, whose ToString threw {error.GetType().Name})";
        }
    }

    private static bool IsTooDeep(object value, int depth, ref int left)
    {
        FieldInfo[] fields = FieldsOf(value.GetType());
        if (fields.Length == 0 && value is not Array)
            return false;
        if (depth == MaxDepth || --left < 0)
            return true;
        foreach (FieldInfo field in fields)
        {
            if (field.GetValue(value) is { } part && IsTooDeep(part, depth + 1, ref left))
                return true;
        }

        if (value is not Array items || !CanNest(value.GetType().GetElementType()!))
            return false;
        foreach (object? item in items)
        {
            if (item is not null && IsTooDeep(item, depth + 1, ref left))
                return true;
        }

        return false;
    }

    /// <summary>The fields that may lead deeper; none for nearly all types of rows.</summary>
    private static FieldInfo[] FieldsOf(Type type) => s_fields.GetOrAdd(type, static type =>
    {
        if (!CanNest(type) || type.IsArray)
            return [];
        List<FieldInfo> fields = [];
        for (Type? level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
            fields.AddRange(level.GetFields(Own).Where(field => CanNest(field.FieldType)));
        return [.. fields];
    });

    private static bool CanNest(Type type) =>
        !(type.IsPrimitive || type.IsEnum || type.IsPointer || type == typeof(string) || type == typeof(decimal) || type == typeof(Guid)
        || type == typeof(DateTime) || type == typeof(DateTimeOffset) || type == typeof(TimeSpan) || type == typeof(DateOnly)
            || type == typeof(TimeOnly)
        || typeof(MemberInfo).IsAssignableFrom(type) || typeof(Delegate).IsAssignableFrom(type));
}
