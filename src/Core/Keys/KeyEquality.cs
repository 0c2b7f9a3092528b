using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using ActorStreams.Core.Codecs.Runtime;

namespace ActorStreams.Core.Keys;

/// <summary>Whether two keys with the same content are equal: keys that are compared by reference never meet, neither each other nor their restored state.</summary>
/// <remarks>
/// Looks at the declared type, and into types that compare field by field (tuples, records, structs). A type that overrides <see cref="object.Equals(object)"/>
/// itself is believed; of interfaces and abstract classes only collections are refused, since what they stand for is not known before rows come.
/// </remarks>
internal static class KeyEquality
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Refuses keys of a type that is compared by reference.</summary>
    /// <exception cref="PipelineException">The type, or a field of it, is.</exception>
    public static void Check<TKey>(string pipeline)
    {
        if (Culprit(typeof(TKey), TypeName.Of(typeof(TKey)), []) is not { } culprit)
            return;
        throw new PipelineException($"Pipeline '{pipeline}': keys of type '{TypeName.Of(typeof(TKey))}' cannot be told apart by their content: {culprit} is compared by reference, so rows of equal keys " +
            "would not meet. Use a string, a number, a tuple or a record of such, or override Equals and GetHashCode.");
    }

    private static string? Culprit(Type type, string path, HashSet<Type> seen)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(object) || type.IsPrimitive || type.IsEnum || type == typeof(string) || !seen.Add(type))
            return null;
        if (type.IsArray || IsCollection(type))
            return $"'{path}', a {TypeName.Of(type)},";
        if (type.IsInterface || type.IsAbstract)
            return null;
        MethodInfo equals = type.GetMethod(nameof(Equals), [typeof(object)])!;
        if (equals.DeclaringType == typeof(object))
            return $"'{path}', a {TypeName.Of(type)},";
        bool isByField = equals.DeclaringType == typeof(ValueType) || equals.IsDefined(typeof(CompilerGeneratedAttribute)) || typeof(ITuple).IsAssignableFrom(type);
        return isByField ? FieldsOf(type).Select(field => Culprit(field.FieldType, $"{path}.{NameOf(field)}", seen)).FirstOrDefault(found => found is not null) : null;
    }

    private static bool IsCollection(Type type) => typeof(IEnumerable).IsAssignableFrom(type) && type.Namespace?.StartsWith("System.Collections", StringComparison.Ordinal) == true;

    private static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (Type? level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            foreach (FieldInfo field in level.GetFields(Own))
                yield return field;
        }
    }

    private static string NameOf(FieldInfo field) => field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;
}
