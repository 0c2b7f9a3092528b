using System.Reflection;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>A C# type as Avro sees it, with what may be null within it.</summary>
/// <param name="Type">The type, without <see cref="Nullable{T}"/>.</param>
/// <param name="AllowsNull">Whether a value may be null.</param>
/// <param name="Item">Of an array its items, of a map its values; null otherwise.</param>
internal sealed record AvroShape(Type Type, bool AllowsNull, AvroShape? Item)
{
    /// <summary>The type itself, as members are declared.</summary>
    public Type DeclaredType => AllowsNull && Type.IsValueType ? typeof(Nullable<>).MakeGenericType(Type) : Type;

    public bool IsMap => Item is not null && AvroTypes.MapValueOf(Type) is not null;

    public static AvroShape Of(Type type, NullabilityInfo? info = null)
    {
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Of(value, null) with { AllowsNull = true };
        bool allowsNull = !type.IsValueType && info?.WriteState == NullabilityState.Nullable;
        if (AvroTypes.MapValueOf(type) is { } mapped)
            return new AvroShape(type, allowsNull, Of(mapped, info?.GenericTypeArguments.LastOrDefault()));
        return AvroTypes.ItemOf(type) is { } item
            ? new AvroShape(type, allowsNull, Of(item, type.IsArray ? info?.ElementType : info?.GenericTypeArguments.FirstOrDefault()))
            : new AvroShape(type, allowsNull, null);
    }
}

/// <summary>A constructor parameter or settable property of a row.</summary>
internal sealed record AvroMember(string Name, IReadOnlyList<string> FormerNames, AvroShape Shape, PropertyInfo Property, bool IsParameter,
    bool HasDefault, object? Default)
{
    /// <summary>The members of a type: the parameters of its longest public constructor, or else its settable properties.</summary>
    public static IReadOnlyList<AvroMember> Of(Type type)
    {
        ParameterInfo[] parameters = Constructor(type)?.GetParameters() ?? [];
        return parameters.Length > 0
            ? [.. parameters.Select(parameter => OfParameter(type, parameter))]
            : [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property is { CanRead: true, SetMethod.IsPublic: true } && property.GetIndexParameters().Length == 0)
                .OrderBy(property => property.MetadataToken)
                .Select(property =>
                    new AvroMember(NameOf(property), FormerNamesOf(property),
                    AvroShape.Of(property.PropertyType, new NullabilityInfoContext().Create(property)), property, false, false, null))];
    }

    public static ConstructorInfo? Constructor(Type type) => type.GetConstructors().OrderByDescending(one => one.GetParameters().Length)
        .FirstOrDefault();

    private static AvroMember OfParameter(Type type, ParameterInfo parameter)
    {
        PropertyInfo property = type.GetProperty(parameter.Name!,
            BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase) is { CanRead: true } found
            && found.PropertyType == parameter.ParameterType
            ? found
            : throw new PipelineException(
                $"{type} has no form in Avro: its constructor takes '{parameter.Name}', but it has no public property of that name and type. Use a record.");
        return new AvroMember(NameOf(property, parameter), FormerNamesOf(property, parameter),
            AvroShape.Of(parameter.ParameterType, new NullabilityInfoContext().Create(parameter)), property, true,
            parameter.HasDefaultValue, parameter.HasDefaultValue ? parameter.DefaultValue : null);
    }

    private static string NameOf(PropertyInfo property, ParameterInfo? parameter = null) =>
        (parameter?.GetCustomAttribute<ColumnNameAttribute>() ?? property.GetCustomAttribute<ColumnNameAttribute>())?.Name ?? property.Name;

    private static string[] FormerNamesOf(PropertyInfo property, ParameterInfo? parameter = null) =>
        [.. property.GetCustomAttributes<FormerNameAttribute>().Concat(parameter?.GetCustomAttributes<FormerNameAttribute>() ?? [])
            .Select(former => former.Name)];
}

/// <summary>How C# types become Avro schemas.</summary>
internal static class AvroTypes
{
    /// <summary>Decimals are written with so many digits, so many of them behind the point.</summary>
    public const int DecimalPrecision = 38, DecimalScale = 9;

    private static readonly Type[] s_lists = [typeof(List<>), typeof(IList<>), typeof(ICollection<>), typeof(IEnumerable<>),
        typeof(IReadOnlyList<>), typeof(IReadOnlyCollection<>)];
    private static readonly Type[] s_maps = [typeof(Dictionary<,>), typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>)];

    /// <exception cref="PipelineException">The type has no form in Avro.</exception>
    public static AvroSchema SchemaOf(Type type) => new Builder().Of(AvroShape.Of(type), type.ToString());

    /// <summary>The items of what becomes an array; null if the type does not.</summary>
    public static Type? ItemOf(Type type) => type == typeof(byte[]) || type == typeof(string) ? null
        : type.IsSZArray ? type.GetElementType()
        : type.IsGenericType && s_lists.Contains(type.GetGenericTypeDefinition()) ? type.GetGenericArguments()[0]
        : null;

    /// <summary>The values of what becomes a map; null if the type does not.</summary>
    public static Type? MapValueOf(Type type) =>
        type.IsGenericType && s_maps.Contains(type.GetGenericTypeDefinition()) && type.GetGenericArguments()[0] == typeof(string)
            ? type.GetGenericArguments()[1] : null;

    public static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private sealed class Builder
    {
        private readonly Dictionary<Type, AvroSchema> _named = [];

        public AvroSchema Of(AvroShape shape, string where)
        {
            AvroSchema schema = Core(shape, where);
            return shape.AllowsNull ? AvroSchema.OrNull(schema) : schema;
        }

        private static string FullName(Type type)
        {
            string name = type.Name;
            for (Type? outer = type.DeclaringType; outer is not null; outer = outer.DeclaringType)
                name = $"{outer.Name}_{name}";
            if (type.IsGenericType)
                name = $"{name}_{string.Join("_", type.GetGenericArguments().Select(argument => argument.Name))}";
            name = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
            return type.Namespace is { } space && space.Split('.').All(IsName) ? $"{space}.{name}" : name;
        }

        private static string[] AliasesOf(Type type)
        {
            string[] names = [.. type.GetCustomAttributes<FormerNameAttribute>(inherit: false).Select(former => former.Name)];
            return System.Array.Find(names, name => !name.Split('.').All(IsName)) is { } bad
                ? throw new PipelineException(
                    $"'{bad}', a former name of {type}, cannot name a type: Avro takes letters, digits and underscores, and dots between them.")
                : names;
        }

        private AvroSchema Core(AvroShape shape, string where)
        {
            Type type = shape.Type;
            if (shape.Item is { } item)
                return new AvroSchema(shape.IsMap ? AvroKind.Map : AvroKind.Array) { Items = [Of(item, where)] };
            if (type == typeof(Guid))
                return new AvroSchema(AvroKind.String) { LogicalType = "uuid" };
            if (type == typeof(DateTimeOffset))
                return new AvroSchema(AvroKind.Long) { LogicalType = "timestamp-micros" };
            if (type == typeof(DateOnly))
                return new AvroSchema(AvroKind.Int) { LogicalType = "date" };
            if (type == typeof(TimeOnly))
                return new AvroSchema(AvroKind.Long) { LogicalType = "time-micros" };
            if (type == typeof(decimal))
                return new AvroSchema(AvroKind.Bytes) { LogicalType = "decimal", Precision = DecimalPrecision, Scale = DecimalScale };
            if (type.IsEnum)
                return Named(type, () => EnumOf(type, where));
            return type == typeof(bool) ? new AvroSchema(AvroKind.Boolean)
                : type == typeof(int) || type == typeof(short) || type == typeof(sbyte) || type == typeof(byte) || type == typeof(ushort)
                    ? new AvroSchema(AvroKind.Int)
                : type == typeof(long) || type == typeof(uint) ? new AvroSchema(AvroKind.Long)
                : type == typeof(float) ? new AvroSchema(AvroKind.Float)
                : type == typeof(double) ? new AvroSchema(AvroKind.Double)
                : type == typeof(string) ? new AvroSchema(AvroKind.String)
                : type == typeof(byte[]) ? new AvroSchema(AvroKind.Bytes)
                : RecordOf(type, where);
        }

        private AvroSchema Named(Type type, Func<AvroSchema> make) => _named.TryGetValue(type, out AvroSchema? known) ? known
            : _named[type] = make();

        private static AvroSchema EnumOf(Type type, string where)
        {
            string[] symbols = [.. Enum.GetNames(type)];
            return symbols.Length > 0 && symbols.All(IsName)
                ? new AvroSchema(AvroKind.Enum) { Name = FullName(type), Aliases = AliasesOf(type), Symbols = symbols }
                : throw new PipelineException(
                    $"{where}: enum {type} has no form in Avro: its names must be letters, digits and underscores.");
        }

        private AvroSchema RecordOf(Type type, string where)
        {
            if (_named.TryGetValue(type, out AvroSchema? known))
                return known;
            if (type.IsPrimitive || type.IsInterface || type.IsAbstract || type.IsPointer || type == typeof(object)
                || type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true)
                throw new PipelineException(
                    $"{where}: {type} has no form in Avro. Use a number of up to 64 bits with a sign, a text, bytes, a date, a list, a dictionary by text, or a record of these.");
            IReadOnlyList<AvroMember> members = AvroMember.Of(type);
            if (members.Count == 0)
                throw new PipelineException(
                    $"{where}: {type} has no form in Avro: it needs a public constructor with parameters, or settable properties.");
            var record = new AvroSchema(AvroKind.Record) { Name = FullName(type), Aliases = AliasesOf(type) };
            _named[type] = record;
            foreach (AvroMember member in members)
            {
                if (!IsName(member.Name) || record.Fields.Exists(field => field.Name == member.Name))
                    throw new PipelineException(
                        $"{where}: '{member.Name}' cannot name a field of {type}: Avro takes letters, digits and underscores, each name once. Name it with [{nameof(ColumnNameAttribute)[..^9]}(\"…\")].");
                if (member.FormerNames.FirstOrDefault(former => !IsName(former)) is { } bad)
                    throw new PipelineException(
                        $"{where}: '{bad}', a former name of {type.Name}.{member.Name}, cannot name a field: Avro takes letters, digits and underscores.");
                record.Fields.Add(new AvroField(member.Name, Of(member.Shape, $"{type.Name}.{member.Name}"), member.FormerNames));
            }

            return record;
        }
    }
}
