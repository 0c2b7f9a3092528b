using System.Reflection;
using System.Runtime.CompilerServices;

namespace ActorStreams.Architecture.Tests;

/// <summary>The public API of an assembly as sorted lines, one for each type and member that others can use.</summary>
internal static class ApiText
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) => assembly.GetExportedTypes().SelectMany(Of).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Of(Type type)
    {
        string name = $"{type.Namespace}.{NameOf(type)}";
        yield return $"{KindOf(type)} {name}{BasesOf(type)}";
        foreach (MemberInfo member in type.GetMembers(Declared).Where(member => !IsMadeByCompiler(member)))
        {
            string? text = member switch
            {
                ConstructorInfo constructor when IsVisible(constructor) => $"{name}.new({ParametersOf(constructor)})",
                MethodInfo method when IsVisible(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) =>
                    $"{name}.{method.Name}{GenericOf(method)}({ParametersOf(method)}) : {NameOf(method.ReturnType)}",
                PropertyInfo property when property.GetAccessors(nonPublic: true).Any(IsVisible) =>
                    $"{name}.{property.Name}{(property.GetIndexParameters().Length > 0 ? "[]" : "")} {{ {AccessorsOf(property)}}} : {NameOf(property.PropertyType)}",
                FieldInfo field when field.IsPublic || field.IsFamily => $"{name}.{field.Name} : {NameOf(field.FieldType)}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")}",
                EventInfo happening when happening.AddMethod is { } add && IsVisible(add) => $"{name}.{happening.Name} : event {NameOf(happening.EventHandlerType!)}",
                _ => null,
            };
            if (text is not null)
                yield return text;
        }
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsMadeByCompiler(MemberInfo member) =>
        member.GetCustomAttribute<CompilerGeneratedAttribute>() is not null && member is not (ConstructorInfo or FieldInfo { IsPublic: true }) || member.Name.Contains('<');

    private static string KindOf(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsEnum: true } => "enum",
        { IsValueType: true } => "struct",
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
        string[] names = [.. bases.Where(known => known.IsVisible).Select(NameOf).Order(StringComparer.Ordinal)];
        return names.Length == 0 ? "" : $" : {string.Join(", ", names)}";
    }

    private static string AccessorsOf(PropertyInfo property) => string.Concat(property.GetAccessors(nonPublic: true).Where(IsVisible)
        .Select(accessor => accessor.ReturnType != typeof(void) ? "get; "
            : accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init; " : "set; "));

    private static string GenericOf(MethodInfo method) => method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";

    private static string ParametersOf(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{(parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? "ref " : "")}{NameOf(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "null"}" : "")}"));

    /// <summary>The name without its namespace, which the type's own line tells.</summary>
    private static string NameOf(Type type)
    {
        if (type.IsByRef || type.IsPointer)
            return NameOf(type.GetElementType()!);
        if (type.IsArray)
            return $"{NameOf(type.GetElementType()!)}[]";
        if (type.IsGenericParameter)
            return type.Name;
        string name = type.IsNested ? $"{NameOf(type.DeclaringType!)}.{type.Name}" : type.Name;
        int tick = name.IndexOf('`', StringComparison.Ordinal);
        return type.IsGenericType && tick >= 0 ? $"{name[..tick]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>" : name;
    }
}
