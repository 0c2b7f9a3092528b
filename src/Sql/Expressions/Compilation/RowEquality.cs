using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using ActorStreams.Core.Keys;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>The equality of a row type, as the C# compiler writes it for a record: field by field, each by the equality of its
/// type.</summary>
internal sealed class RowEquality(TypeBuilder type, FieldBuilder[] fields)
{
    private const MethodAttributes Public =
        MethodAttributes.Public | MethodAttributes.HideBySig | MethodAttributes.Virtual | MethodAttributes.Final;
    private const int Factor = -1521134295;

    public void Define()
    {
        Type equatable = typeof(IEquatable<>).MakeGenericType(type);
        type.AddInterfaceImplementation(equatable);
        MethodBuilder typed = DefineTyped();
        type.DefineMethodOverride(typed, TypeBuilder.GetMethod(equatable, typeof(IEquatable<>).GetMethod("Equals")!));
        DefineObject(typed);
        DefineHash();
        DefineKeyHash();
    }

    private MethodBuilder DefineTyped()
    {
        MethodBuilder method = Method("Equals", typeof(bool), [type]);
        ILGenerator il = method.GetILGenerator();
        Label differ = il.DefineLabel();
        foreach (FieldBuilder field in fields)
        {
            if (field.FieldType.IsPrimitive && field.FieldType != typeof(double) && field.FieldType != typeof(float))
            {
                Load(il, field);
                il.Emit(OpCodes.Bne_Un, differ);
            }
            else
            {
                Type comparer = typeof(EqualityComparer<>).MakeGenericType(field.FieldType);
                il.Emit(OpCodes.Call, comparer.GetProperty("Default")!.GetMethod!);
                Load(il, field);
                il.Emit(OpCodes.Callvirt, comparer.GetMethod("Equals", [field.FieldType, field.FieldType])!);
                il.Emit(OpCodes.Brfalse, differ);
            }
        }

        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Ret);
        il.MarkLabel(differ);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Ret);
        return method;
    }

    private static void Load(ILGenerator il, FieldBuilder field)
    {
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, field);
        il.Emit(OpCodes.Ldarga_S, (byte)1);
        il.Emit(OpCodes.Ldfld, field);
    }

    private void DefineObject(MethodBuilder typed)
    {
        MethodBuilder method = Method("Equals", typeof(bool), [typeof(object)]);
        ILGenerator il = method.GetILGenerator();
        Label other = il.DefineLabel();
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Isinst, type);
        il.Emit(OpCodes.Brfalse, other);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Unbox_Any, type);
        il.Emit(OpCodes.Call, typed);
        il.Emit(OpCodes.Ret);
        il.MarkLabel(other);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Ret);
    }

    private void DefineHash()
    {
        MethodBuilder method = Method("GetHashCode", typeof(int), Type.EmptyTypes);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldc_I4_0);
        foreach (FieldBuilder field in fields)
        {
            il.Emit(OpCodes.Ldc_I4, Factor);
            il.Emit(OpCodes.Mul);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, field);
            il.Emit(OpCodes.Call, typeof(RowEquality).GetMethod(nameof(HashOf), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(field.FieldType));
            il.Emit(OpCodes.Add);
        }

        il.Emit(OpCodes.Ret);
    }

    /// <summary>The hash as a key of an operator: field by field, without writing the row first.</summary>
    private void DefineKeyHash()
    {
        type.AddInterfaceImplementation(typeof(IHashedKey));
        MethodBuilder method = Method(nameof(IHashedKey.HashOf), typeof(ulong), [typeof(ulong)]);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldc_I8, unchecked((long)FieldHashes.None));
        foreach (FieldBuilder field in fields)
        {
            Type? bare = Nullable.GetUnderlyingType(field.FieldType);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, field);
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Call, typeof(FieldHashes).GetMethod(bare is null ? nameof(FieldHashes.Add) : nameof(FieldHashes.AddNullable))!
                .MakeGenericMethod(bare ?? field.FieldType));
        }

        il.Emit(OpCodes.Ret);
        type.DefineMethodOverride(method, typeof(IHashedKey).GetMethod(nameof(IHashedKey.HashOf))!);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int HashOf<T>(T value) => value is null ? 0 : value.GetHashCode();

    /// <summary>Marked as the compiler's: then it is known to compare all fields.</summary>
    private MethodBuilder Method(string name, Type result, Type[] parameters)
    {
        MethodBuilder method = type.DefineMethod(name, Public, result, parameters);
        method.SetCustomAttribute(new CustomAttributeBuilder(typeof(CompilerGeneratedAttribute).GetConstructor(Type.EmptyTypes)!, []));
        return method;
    }
}
