using System.Reflection;

namespace ActorStreams.Architecture.Tests;

/// <summary>Types as C# writes them: with what may be null, and what generic parameters must be.</summary>
internal static class ApiTypes
{
    private const byte Annotated = 2, NotAnnotated = 1;

    /// <summary>The name without its namespace, which the type's own line tells.</summary>
    public static string NameOf(Type type) => NameOf(type, new Flags([0]));

    /// <summary>The name of the type of a member or parameter, with a question mark wherever null is expected.</summary>
    public static string NameOf(Type type, ICustomAttributeProvider of) => NameOf(type, Flags.Of(of));

    /// <summary>What must be given for generic parameters.</summary>
    public static string ConstraintsOf(Type[] parameters) =>
        string.Concat(parameters.Where(one => one.IsGenericParameter).Select(ConstraintsOf));

    private static string ConstraintsOf(Type parameter)
    {
        GenericParameterAttributes attributes = parameter.GenericParameterAttributes;
        bool isStruct = attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        byte nullability = Flags.Of(parameter).Next();
        bool isUnmanaged = parameter.GetCustomAttributes().Any(one => one.GetType().Name == "IsUnmanagedAttribute");
        var constraints = new List<string>();
        if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            constraints.Add(nullability == Annotated ? "class?" : "class");
        else if (isStruct)
            constraints.Add(isUnmanaged ? "unmanaged" : "struct");
        else if (nullability == NotAnnotated && parameter.GetGenericParameterConstraints().Length == 0)
            constraints.Add("notnull");
        constraints.AddRange(parameter.GetGenericParameterConstraints().Where(one => one != typeof(ValueType)).Select(NameOf)
            .Order(StringComparer.Ordinal));
        if (!isStruct && attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint))
            constraints.Add("new()");
        if (attributes.HasFlag(GenericParameterAttributes.AllowByRefLike))
            constraints.Add("allows ref struct");
        string variance = attributes.HasFlag(GenericParameterAttributes.Covariant) ? "out "
            : attributes.HasFlag(GenericParameterAttributes.Contravariant) ? "in " : "";
        return constraints.Count == 0 && variance.Length == 0 ? ""
            : $" where {variance}{parameter.Name} : {string.Join(", ", constraints)}";
    }

    private static string NameOf(Type type, Flags flags)
    {
        if (type.IsByRef || type.IsPointer)
            return NameOf(type.GetElementType()!, flags);
        if (Nullable.GetUnderlyingType(type) is { } value)
            return $"{NameOf(value, flags)}?";
        string mark = !type.IsValueType || type.IsGenericParameter ? flags.Next() == Annotated ? "?" : "" : "";
        if (type is { IsValueType: true, IsGenericType: true })
            flags.Next();
        if (type.IsArray)
            return $"{NameOf(type.GetElementType()!, flags)}[]{mark}";
        if (type.IsGenericParameter)
            return type.Name + mark;
        string name = type.IsNested ? $"{NameOf(type.DeclaringType!)}.{type.Name}" : type.Name;
        int tick = name.IndexOf('`', StringComparison.Ordinal);
        return type.IsGenericType && tick >= 0
            ? $"{name[..tick]}<{string.Join(", ", type.GetGenericArguments().Select(one => NameOf(one, flags)))}>{mark}"
            : name + mark;
    }

    /// <summary>What the compiler notes of nullability: a byte for each type that a type is made of, outermost first, or one for
    /// all.</summary>
    /// <seealso href="https://github.com/dotnet/roslyn/blob/main/docs/features/nullable-metadata.md">How C# writes it down.</seealso>
    private sealed class Flags(IReadOnlyList<byte> bytes)
    {
        private int _next;

        public static Flags Of(ICustomAttributeProvider of)
        {
            CustomAttributeData? own = DataOf(of).FirstOrDefault(one => one.AttributeType.Name == "NullableAttribute");
            return own?.ConstructorArguments[0].Value switch
            {
                byte one => new Flags([one]),
                IReadOnlyCollection<CustomAttributeTypedArgument> many => new Flags([.. many.Select(one => (byte)one.Value!)]),
                _ => new Flags([ContextOf(of)]),
            };
        }

        public byte Next() => bytes.Count == 1 ? bytes[0] : _next < bytes.Count ? bytes[_next++] : (byte)0;

        /// <summary>What the member, or the type around it, says for all that says nothing itself.</summary>
        private static byte ContextOf(ICustomAttributeProvider? of)
        {
            for (ICustomAttributeProvider? at = of; at is not null; at = OuterOf(at))
            {
                if (DataOf(at).FirstOrDefault(one => one.AttributeType.Name == "NullableContextAttribute") is { } context)
                    return (byte)context.ConstructorArguments[0].Value!;
            }

            return 0;
        }

        private static ICustomAttributeProvider? OuterOf(ICustomAttributeProvider of) => of switch
        {
            ParameterInfo parameter => parameter.Member,
            Type { IsGenericParameter: true, DeclaringMethod: { } method } => method,
            PropertyInfo { GetMethod: { } getter } when DataOf(getter)
                .Any(one => one.AttributeType.Name == "NullableContextAttribute") => getter,
            MemberInfo member => member.DeclaringType is { } type ? type : member.Module,
            _ => null,
        };

        private static IList<CustomAttributeData> DataOf(ICustomAttributeProvider of) => of switch
        {
            ParameterInfo parameter => parameter.GetCustomAttributesData(),
            MemberInfo member => member.GetCustomAttributesData(),
            Module module => module.GetCustomAttributesData(),
            _ => [],
        };
    }
}
