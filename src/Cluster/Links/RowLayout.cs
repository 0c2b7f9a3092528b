using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using ActorStreams.Core.Codecs.Runtime;

namespace ActorStreams.Cluster.Links;

/// <summary>How a row lies in memory, as a text that both ends of a link compare: where it is the same, rows go as memory.</summary>
/// <remarks>Only rows of which any bytes are a value: numbers, characters, enums, durations, and structs of such. A truth value, a date or
/// a decimal is read by its codec, which judges it.</remarks>
internal static class RowLayout
{
    private static readonly HashSet<Type> s_plain =
    [
        typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(Int128), typeof(UInt128), typeof(Half), typeof(float), typeof(double), typeof(char), typeof(Guid), typeof(TimeSpan),
    ];

    /// <summary>The text; null: rows of this type do not go as memory.</summary>
    public static string? Of<T>()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            return null;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Unsafe.SizeOf<T>()}");
        return Add(typeof(T), 0, "", text) ? text.ToString() : null;
    }

    private static bool Add(Type type, int at, string name, StringBuilder text)
    {
        if (type.IsEnum)
            type = type.GetEnumUnderlyingType();
        if (s_plain.Contains(type))
        {
            text.Append(CultureInfo.InvariantCulture, $" {name}@{at}:{type.Name}");
            return true;
        }

        if (!type.IsValueType || type.IsPrimitive || type.Assembly == typeof(decimal).Assembly && !typeof(ITuple).IsAssignableFrom(type))
            return false;
        FieldInfo[] fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        return Array.TrueForAll(fields, field => Add(field.FieldType, at + FieldPlace.Of(field), $"{name}.{field.Name}", text));
    }
}
