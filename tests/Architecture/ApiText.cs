using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ActorStreams.Architecture.Tests;

/// <summary>The public API of an assembly as sorted lines, one for each type and member that others can use.</summary>
internal static class ApiText
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) =>
        assembly.GetExportedTypes().SelectMany(Of).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Of(Type type)
    {
        // What the compiler makes for extension blocks; their methods stand in the static class as well, their properties do not.
        if (type.Name.Contains('<'))
            return ExtensionsOf(type);
        return MembersOf(type);
    }

    private static IEnumerable<string> ExtensionsOf(Type marker)
    {
        foreach (MethodInfo method in marker.GetMethods(Declared).Where(method => method.Name == "<Extension>$"))
            yield return $"extension {OutermostOf(marker)} of {ApiTypes.NameOf(method.GetParameters()[0].ParameterType)}";
        foreach (PropertyInfo property in marker.GetProperties(Declared).Where(one => one.GetAccessors(nonPublic: true).Any(IsVisible)))
            yield return PropertyOf(OutermostOf(marker), property);
    }

    private static string OutermostOf(Type type) => type.DeclaringType is { } outer ? OutermostOf(outer) : $"{type.Namespace}.{type.Name}";

    private static IEnumerable<string> MembersOf(Type type)
    {
        string name = $"{type.Namespace}.{ApiTypes.NameOf(type)}";
        yield return $"{KindOf(type)} {name}{BasesOf(type)}{ApiTypes.ConstraintsOf(type.GetGenericArguments())}";
        foreach (MemberInfo member in type.GetMembers(Declared).Where(member => !IsMadeByCompiler(member)))
        {
            string? text = member switch
            {
                ConstructorInfo constructor when IsVisible(constructor) => $"{name}.new({ParametersOf(constructor)})",
                MethodInfo method when IsVisible(method) && IsOrdinary(method) => MethodOf(name, method),
                PropertyInfo property when property.GetAccessors(nonPublic: true).Any(IsVisible) => PropertyOf(name, property),
                FieldInfo field when field.IsPublic || field.IsFamily => FieldOf(name, field),
                EventInfo happening when happening.AddMethod is { } add && IsVisible(add) =>
                    $"{name}.{happening.Name} : {ModifiersOf(add)}event {ApiTypes.NameOf(happening.EventHandlerType!, happening)}",
                _ => null,
            };
            if (text is not null)
                yield return text;
        }
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsOrdinary(MethodInfo method) => !method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static bool IsMadeByCompiler(MemberInfo member) => member.Name.Contains('<') ||
        (member.GetCustomAttribute<CompilerGeneratedAttribute>() is not null
            && member is not (ConstructorInfo or FieldInfo { IsPublic: true }));

    private static string KindOf(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsEnum: true } => $"enum ({ApiTypes.NameOf(Enum.GetUnderlyingType(type))})",
        { IsValueType: true } =>
            $"{(type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "")}{(type.IsByRefLike ? "ref " : "")}struct",
        _ when typeof(Delegate).IsAssignableFrom(type) => "delegate",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string BasesOf(Type type)
    {
        IEnumerable<Type> bases = type.GetInterfaces();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum))
            bases = bases.Prepend(parent);
        string[] names = [.. bases.Where(known => known.IsVisible).Select(known => ApiTypes.NameOf(known)).Order(StringComparer.Ordinal)];
        return names.Length == 0 ? "" : $" : {string.Join(", ", names)}";
    }

    private static string MethodOf(string name, MethodInfo method)
    {
        Type[] generic = method.IsGenericMethodDefinition ? method.GetGenericArguments() : [];
        string parameters = generic.Length == 0 ? "" : $"<{string.Join(", ", generic.Select(one => one.Name))}>";
        string by = !method.ReturnType.IsByRef ? "" : method.ReturnParameter.GetRequiredCustomModifiers().Length > 0 ? "ref readonly "
            : "ref ";
        string self = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return $"{name}.{method.Name}{parameters}({self}{ParametersOf(method)}) : {ModifiersOf(method)}{by}" +
            $"{ApiTypes.NameOf(method.ReturnType, method.ReturnParameter)}{ApiTypes.ConstraintsOf(generic)}";
    }

    private static string PropertyOf(string name, PropertyInfo property)
    {
        MethodInfo[] accessors = [.. property.GetAccessors(nonPublic: true).Where(IsVisible)];
        string index = property.GetIndexParameters() is { Length: > 0 } keys ? $"[{string.Join(", ", keys.Select(ParameterOf))}]" : "";
        string required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        return $"{name}.{property.Name}{index} {{ {string.Concat(accessors.Select(AccessorOf))}}} : {ModifiersOf(accessors[0])}{required}" +
            ApiTypes.NameOf(property.PropertyType, property);
    }

    private static string AccessorOf(MethodInfo accessor) => accessor.ReturnType != typeof(void) ? "get; "
        : accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init; " : "set; ";

    private static string FieldOf(string name, FieldInfo field)
    {
        string constant = field.IsLiteral ? $" = {Literal(field.GetRawConstantValue(), field.FieldType)}" : "";
        string modifiers = field.IsLiteral ? "const " : $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}";
        return $"{name}.{field.Name} : {(field.DeclaringType!.IsEnum ? "" : modifiers)}{ApiTypes.NameOf(field.FieldType, field)}{constant}";
    }

    /// <summary>What others may do with a member besides calling it.</summary>
    private static string ModifiersOf(MethodInfo method)
    {
        string access = method.IsPublic ? "" : "protected ";
        if (method.IsStatic)
            return $"{access}static {(method.IsAbstract ? "abstract " : "")}";
        if (method.DeclaringType!.IsInterface)
            return method.IsAbstract ? access : $"{access}default ";
        bool overrides = method.GetBaseDefinition() != method;
        return access + (method.IsAbstract ? "abstract " : method.IsVirtual && !method.IsFinal && !method.DeclaringType.IsSealed
            ? overrides ? "override " : "virtual "
            : "");
    }

    private static string ParametersOf(MethodBase method) => string.Join(", ", method.GetParameters().Select(ParameterOf));

    private static string ParameterOf(ParameterInfo parameter)
    {
        string kind = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params "
            : !parameter.ParameterType.IsByRef ? ""
            : parameter.IsOut ? "out "
            : parameter.IsDefined(typeof(RequiresLocationAttribute)) ? "ref readonly "
            : parameter.IsIn ? "in " : "ref ";
        string value = parameter.HasDefaultValue ? $" = {Literal(parameter.DefaultValue, parameter.ParameterType)}" : "";
        return $"{kind}{ApiTypes.NameOf(parameter.ParameterType, parameter)} {parameter.Name}{value}";
    }

    private static string Literal(object? value, Type type) => value switch
    {
        null => type is { IsValueType: true } && Nullable.GetUnderlyingType(type) is null || type.IsGenericParameter ? "default" : "null",
        string text => $"\"{text}\"",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };
}
