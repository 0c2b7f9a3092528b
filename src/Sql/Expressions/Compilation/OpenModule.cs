using System.Reflection;
using System.Reflection.Emit;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>A module for types that are written when a statement is planned, which may use what is internal here; it may be
/// unloaded.</summary>
internal static class OpenModule
{
    private static readonly string[] s_own = ["ActorStreams.Sql", "ActorStreams.Core", "ActorStreams.Operators"];

    /// <param name="name">Of the module and its assembly.</param>
    /// <param name="used">Types of the application's own: what is internal beside them may be used, too.</param>
    public static ModuleBuilder Define(string name, IEnumerable<Type> used)
    {
        AssemblyBuilder assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(name), AssemblyBuilderAccess.RunAndCollect);
        ModuleBuilder module = assembly.DefineDynamicModule(name);
        ConstructorInfo opens = DefineOpening(module);
        IEnumerable<string> others = used.SelectMany(AllOf).Select(static one => one.Assembly.GetName().Name!).Distinct();
        foreach (string other in s_own.Union(others, StringComparer.Ordinal))
            assembly.SetCustomAttribute(new CustomAttributeBuilder(opens, [other]));
        return module;
    }

    /// <summary>A type and those that it is made of.</summary>
    private static IEnumerable<Type> AllOf(Type type) => type.HasElementType ? AllOf(type.GetElementType()!)
        : type.GetGenericArguments().SelectMany(AllOf).Prepend(type);

    /// <summary>The attribute that opens the internals of other assemblies to this one: the runtime knows it by its name only.</summary>
    private static ConstructorInfo DefineOpening(ModuleBuilder module)
    {
        const string Name = "System.Runtime.CompilerServices.IgnoresAccessChecksToAttribute";
        TypeBuilder type = module.DefineType(Name, TypeAttributes.NotPublic | TypeAttributes.Sealed, typeof(Attribute));
        ILGenerator il = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, [typeof(string)]).GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, typeof(Attribute).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, Type.EmptyTypes)!);
        il.Emit(OpCodes.Ret);
        return type.CreateType().GetConstructor([typeof(string)])!;
    }
}
