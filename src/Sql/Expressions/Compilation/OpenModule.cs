using System.Reflection;
using System.Reflection.Emit;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>A module for types that are written when a statement is planned, which may use what is internal here; it may be
/// unloaded.</summary>
internal static class OpenModule
{
    public static ModuleBuilder Define(string name)
    {
        AssemblyBuilder assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(name), AssemblyBuilderAccess.RunAndCollect);
        ModuleBuilder module = assembly.DefineDynamicModule(name);
        ConstructorInfo opens = DefineOpening(module);
        foreach (string other in (string[])["ActorStreams.Sql", "ActorStreams.Core", "ActorStreams.Operators"])
            assembly.SetCustomAttribute(new CustomAttributeBuilder(opens, [other]));
        return module;
    }

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
