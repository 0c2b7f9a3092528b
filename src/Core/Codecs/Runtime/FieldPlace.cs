using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Where fields lie in structs, and how read-only ones are set: measured once, when a reader is compiled.</summary>
/// <remarks>Expression trees assign to no read-only field, and structs that are no positional records are read field by field, without
/// their constructors.</remarks>
internal static class FieldPlace
{
    /// <summary>Where <paramref name="field"/> lies in its struct, in bytes.</summary>
    public static int Of(FieldInfo field)
    {
        var method = new DynamicMethod("Measure", typeof(int), [], typeof(FieldPlace).Module, skipVisibility: true);
        ILGenerator il = method.GetILGenerator();
        LocalBuilder value = il.DeclareLocal(field.DeclaringType!);
        il.Emit(OpCodes.Ldloca, value);
        il.Emit(OpCodes.Ldflda, field);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Ldloca, value);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Conv_I4);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<int>>()();
    }

    /// <summary>Sets the field at <paramref name="place"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<T, TField>(ref T value, int place, TField field)
        where T : struct =>
        Unsafe.As<byte, TField>(ref Unsafe.AddByteOffset(ref Unsafe.As<T, byte>(ref value), place)) = field;
}
