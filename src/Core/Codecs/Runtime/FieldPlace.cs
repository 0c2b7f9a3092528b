using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Sets read-only fields of structs: where they lie is measured once, when a reader is compiled.</summary>
/// <remarks>Expression trees assign to no read-only field, and structs that are no positional records are read field by field, without
/// their constructors.</remarks>
internal static class FieldPlace
{
    private delegate nint Measure<T>(ref T value);

    /// <summary>Where <paramref name="field"/> lies in the struct, in bytes: an int, which compiled code holds as a literal.</summary>
    public static int Of<T>(FieldInfo field)
        where T : struct
    {
        var method = new DynamicMethod("Measure", typeof(nint), [typeof(T).MakeByRefType()], typeof(FieldPlace).Module,
            skipVisibility: true);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldflda, field);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Ret);
        T value = default;
        return (int)method.CreateDelegate<Measure<T>>()(ref value);
    }

    /// <summary>Sets the field at <paramref name="place"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<T, TField>(ref T value, int place, TField field)
        where T : struct =>
        Unsafe.As<byte, TField>(ref Unsafe.AddByteOffset(ref Unsafe.As<T, byte>(ref value), place)) = field;
}
