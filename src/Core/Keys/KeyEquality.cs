using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using ActorStreams.Core.Codecs.Runtime;

namespace ActorStreams.Core.Keys;

/// <summary>Whether keys with the same content are equal, and only those: keys that are compared by reference never meet, neither each
/// other nor their restored
/// state; and what a hand-written <c>Equals</c> calls equal, only its type knows.</summary>
/// <remarks>
/// Looks at the declared type, and into types that compare field by field (tuples, records, structs) and the cases of closed sets. A type
/// that overrides
/// <see cref="object.Equals(object)"/> itself must declare its <see cref="ICanonicalKey{TKey}"/>. Of other interfaces and abstract
/// classes only collections are refused
/// here: like those types of .NET that keys cannot be made of, they cannot be stored, which the operator says.
/// </remarks>
internal static class KeyEquality
{
    private const string ByReference = "Use a string, a number, a tuple or a record of such, or override Equals and GetHashCode.";

    /// <summary>Refuses keys of a type that is compared by reference, or by an equality that only the type knows.</summary>
    /// <exception cref="PipelineException">The type, or a field of it, is.</exception>
    public static void Check<TKey>(string pipeline) => CheckKeys<TKey>($"Pipeline '{pipeline}'");

    /// <summary>The same where the pipeline is not known.</summary>
    /// <exception cref="PipelineException">The type, or a field of it, is.</exception>
    public static void CheckKeys<TKey>(string where)
    {
        if (Checked<TKey>.Fault is { } fault)
            throw new PipelineException($"{where}: {fault}");
    }

    /// <summary>The same for items that are only hashed, by their content: those that are compared by reference will do.</summary>
    /// <exception cref="PipelineException">The type, or a field of it, has an equality that only the type knows.</exception>
    public static void CheckHashed<TItem>(string where)
    {
        if (!Checked<TItem>.IsByReference)
            CheckKeys<TItem>(where);
    }

    /// <summary>The same for items that are counted by their own equality, whatever it is.</summary>
    /// <exception cref="PipelineException">The type, or a field of it, is compared by reference.</exception>
    public static void CheckCounted<TItem>(string where)
    {
        if (Checked<TItem>.IsByReference)
            CheckKeys<TItem>(where);
    }

    private static Culprit? Find(Type type, string path, HashSet<Type> seen)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(object) || type.IsPrimitive || type.IsEnum || type == typeof(string) || Scalar.Of(type) is not null ||
            !seen.Add(type))
            return null;
        if (type.IsArray || IsCollection(type))
            return new Culprit(Fault.ByReference, path, type);
        if (CanonicalKeys.TypeOf(type) is { } canonical)
            return IsByReference(type) ? new Culprit(Fault.NoEquals, path, type)
                : Find(canonical, $"{path}.{nameof(ICanonicalKey<>.CanonicalKey)}", seen);
        if (type.IsDefined(typeof(StoredCasesAttribute), inherit: false))
            return CasesOf(type).Select(one => Find(one, $"{path}.({TypeName.Of(one)})", seen)).FirstOrDefault(found => found is not null);
        if (type.IsInterface || type.IsAbstract)
            return null;
        if (IsByReference(type))
            return new Culprit(Fault.ByReference, path, type);
        if (!IsByField(type))
            return IsOfFramework(type) ? null : new Culprit(Fault.OwnEquality, path, type);
        if (NotStored(type) is { } field)
            return new Culprit(Fault.NotStored, $"{path}.{KeyFields.NameOf(field)}", field.FieldType);
        return KeyFields.Of(type).Select(field => Find(field.FieldType, $"{path}.{KeyFields.NameOf(field)}", seen))
            .FirstOrDefault(found => found is not null);
    }

    private static bool IsCollection(Type type) => typeof(IEnumerable).IsAssignableFrom(type) &&
        type.Namespace?.StartsWith("System.Collections", StringComparison.Ordinal) == true;

    private static IReadOnlyList<Type> CasesOf(Type type) => type.GetCustomAttribute<StoredCasesAttribute>(inherit: false)!.Cases;

    /// <summary>Types of .NET that are no scalars are never stored, but for tuples and pairs.</summary>
    private static bool IsOfFramework(Type type) => type.Assembly.GetName().Name!.StartsWith("System.", StringComparison.Ordinal);

    private static bool IsByReference(Type type) =>
        !type.IsInterface && EqualsOf(type).DeclaringType == typeof(object) && TypedEquals(type).Count == 0;

    /// <summary>Whether the compiler, or <see cref="ValueType"/>, compares all fields: in every class that the type derives from,
    /// too.</summary>
    private static bool IsByField(Type type)
    {
        if (typeof(ITuple).IsAssignableFrom(type) && IsOfFramework(type))
            return true;
        if (type.IsDefined(typeof(CompilerGeneratedAttribute)))
            return true;   // anonymous
        MethodInfo equals = EqualsOf(type);
        if (equals.DeclaringType != typeof(ValueType) && !IsGenerated(equals))
            return false;
        for (Type? level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            if (TypedEquals(level).Any(typed => !IsGenerated(typed)))
                return false;
        }

        return true;
    }

    private static MethodInfo EqualsOf(Type type) => type.GetMethod(nameof(Equals), [typeof(object)])!;

    /// <summary>What <see cref="IEquatable{T}"/> of the type itself calls.</summary>
    private static IReadOnlyList<MethodInfo> TypedEquals(Type type)
    {
        Type typed = typeof(IEquatable<>).MakeGenericType(type);
        return typed.IsAssignableFrom(type) ? type.GetInterfaceMap(typed).TargetMethods : [];
    }

    private static bool IsGenerated(MethodInfo method) => method.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    /// <summary>A field that makes keys differ, but is left out of what is stored of them.</summary>
    private static FieldInfo? NotStored(Type type)
    {
        try
        {
            return ShapeBuilder.Build(type) is RecordShape record
                ? KeyFields.Of(type).FirstOrDefault(field => !record.Members.Any(member => KeyFields.IsBehind(field, member.Info)))
                : null;
        }
        catch (CodecException)
        {
            return null;   // the operator says so when it is built
        }
    }

    private enum Fault
    {
        ByReference,
        NoEquals,
        OwnEquality,
        NotStored,
    }

    private sealed record Culprit(Fault Fault, string Path, Type Type)
    {
        public string ToText(string key) => Fault switch
        {
            Fault.OwnEquality => $"keys of type '{key}' are told apart by an equality that only '{TypeName.Of(Type)}' knows " +
                $"('{Path}'): it overrides Equals, and keys are placed by what they contain. " +
                $"Declare on it what stands for a key, {nameof(ICanonicalKey<>)}<T> with {nameof(ICanonicalKey<>.CanonicalKey)} (a " +
                    "lower-case text, say), or group by that value.",
            Fault.NoEquals => $"keys of type '{key}' cannot be told apart by their content: '{Path}', a {TypeName.Of(Type)}, declares " +
                $"a {nameof(ICanonicalKey<>.CanonicalKey)}, but is compared by reference. " +
                $"Override Equals and GetHashCode so that they agree with it, or group by the {nameof(ICanonicalKey<>.CanonicalKey)}.",
            Fault.NotStored => $"keys of type '{key}' differ by '{Path}', which is left out of what is stored of them: after a " +
                "restart, keys that were two would be one. " +
                "Store the field, take it out of the key, or group by a tuple of what makes the key.",
            _ => $"keys of type '{key}' cannot be told apart by their content: '{Path}', a {TypeName.Of(Type)}, is compared by " +
                $"reference, so rows of equal keys would not meet. {ByReference}",
        };
    }

    /// <summary>What is wrong with a type, found once.</summary>
    private static class Checked<TKey>
    {
        private static readonly Culprit? s_culprit = Find(typeof(TKey), TypeName.Of(typeof(TKey)), []);

        public static string? Fault { get; } = s_culprit?.ToText(TypeName.Of(typeof(TKey)));

        public static bool IsByReference { get; } = s_culprit?.Fault == KeyEquality.Fault.ByReference;
    }
}
