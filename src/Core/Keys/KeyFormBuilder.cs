using System.Linq.Expressions;
using System.Reflection;
using ActorStreams.Core.Codecs.Runtime;

namespace ActorStreams.Core.Keys;

/// <summary>Compiles what writes keys in the form that equal keys share; see <see cref="KeyForm{TKey}"/>.</summary>
internal sealed class KeyFormBuilder : WriterBuilder
{
    private readonly Dictionary<Type, Shape> _canonical = [];

    /// <summary>Whether nothing differs from what the codec writes.</summary>
    public bool IsAsStored { get; private set; } = true;

    protected override Expression Scalar(Type type, Expression value)
    {
        if (EqualScalars.Canonical(type) is not { } canonical)
            return value;
        IsAsStored = false;
        return Expression.Call(canonical, value);
    }

    protected override bool IsRaw(ScalarShape scalar) => base.IsRaw(scalar) && EqualScalars.Canonical(scalar.Type) is null;

    protected override bool IsOwn(Shape shape) => CanonicalKeys.TypeOf(shape.Type) is not null;

    protected override object MakeOwn(Shape shape)
    {
        IsAsStored = false;
        Type canonical = CanonicalKeys.TypeOf(shape.Type)!;
        if (!_canonical.TryGetValue(canonical, out Shape? of))
            _canonical[canonical] = of = ShapeBuilder.Build(canonical);
        return Parts.Make(typeof(CanonicalWriter<,>), [shape.Type, canonical], Writer(of));
    }

    /// <summary>A property without a field behind it says nothing that the fields do not say, and equality compares fields.</summary>
    protected override IReadOnlyList<Member> MembersOf(RecordShape record)
    {
        Member[] compared =
            [.. record.Members.Where(member => KeyFields.Of(record.Type).Any(field => KeyFields.IsBehind(field, member.Info)))];
        IsAsStored &= compared.Length == record.Members.Count;
        return compared;
    }

    private sealed class CanonicalWriter<T, TKey>(ValueWriter<TKey> canonical) : ValueWriter<T>
        where T : ICanonicalKey<TKey>
    {
        public override void Write(BlobWriter writer, in T value)
        {
            if (!typeof(T).IsValueType)
            {
                writer.WriteByte(value is null ? (byte)0 : (byte)1);
                if (value is null)
                    return;
            }

            canonical.Write(writer, value.CanonicalKey);
        }
    }
}

/// <summary>What types declare by <see cref="ICanonicalKey{TKey}"/>.</summary>
internal static class CanonicalKeys
{
    /// <summary>The type of the canonical key; null if the type declares none.</summary>
    public static Type? TypeOf(Type type) =>
        Array.Find(type.GetInterfaces(), static one => one.IsGenericType &&
            one.GetGenericTypeDefinition() == typeof(ICanonicalKey<>))?.GetGenericArguments()[0];
}

/// <summary>The instance fields of a type, and those of its bases.</summary>
internal static class KeyFields
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static IEnumerable<FieldInfo> Of(Type type)
    {
        for (Type? level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            foreach (FieldInfo field in level.GetFields(Own))
                yield return field;
        }
    }

    /// <summary>The name of a field as the code says it: that of the automatic property, or of the captured parameter.</summary>
    public static string NameOf(FieldInfo field) =>
        field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;

    /// <summary>Whether a field or property is that field, or most likely shows it.</summary>
    public static bool IsBehind(FieldInfo field, MemberInfo member) =>
        string.Equals(NameOf(field).TrimStart('_'), NameOf(member).TrimStart('_'), StringComparison.OrdinalIgnoreCase);

    private static string NameOf(MemberInfo member) => member is FieldInfo field ? NameOf(field) : member.Name;
}
