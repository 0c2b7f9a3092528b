using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace ActorStreams.Sql.Rows;

/// <summary>Makes classes with a property for each column, for connectors that read and write types of C#: a property is called like its
/// column. They are unloaded with what uses them.</summary>
internal static class WireTypes
{
    private static int s_assemblies;

    /// <param name="columns">Name and type of each property; one that is no struct may be null.</param>
    public static Type Of(IReadOnlyList<(string Name, Type Type)> columns)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"ActorStreams.Sql.Wire{Interlocked.Increment(ref s_assemblies)}");
        ModuleBuilder module = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(name), AssemblyBuilderAccess.RunAndCollect)
            .DefineDynamicModule(name);
        TypeBuilder type = module.DefineType("Row", TypeAttributes.Public | TypeAttributes.Sealed, typeof(object));
        foreach ((string column, Type held) in columns)
            Property(type, column, held);
        return type.CreateType();
    }

    private static void Property(TypeBuilder type, string name, Type held)
    {
        FieldBuilder field = type.DefineField($"<{name}>k__BackingField", held, FieldAttributes.Private);
        PropertyBuilder property = type.DefineProperty(name, PropertyAttributes.None, held, null);
        const MethodAttributes Accessor = MethodAttributes.Public | MethodAttributes.SpecialName | MethodAttributes.HideBySig;
        MethodBuilder get = type.DefineMethod($"get_{name}", Accessor, held, Type.EmptyTypes);
        ILGenerator il = get.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, field);
        il.Emit(OpCodes.Ret);
        MethodBuilder set = type.DefineMethod($"set_{name}", Accessor, null, [held]);
        il = set.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Stfld, field);
        il.Emit(OpCodes.Ret);
        property.SetGetMethod(get);
        property.SetSetMethod(set);
        property.SetCustomAttribute(new CustomAttributeBuilder(typeof(ColumnNameAttribute).GetConstructor([typeof(string)])!, [name]));
        if (!held.IsValueType)
        {
            const byte MayBeNull = 2;
            property.SetCustomAttribute(
                new CustomAttributeBuilder(typeof(NullableAttribute).GetConstructor([typeof(byte)])!, [MayBeNull]));
        }
    }
}
