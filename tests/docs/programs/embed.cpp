// SPDX-License-Identifier: MIT
//
// A C++ program that embeds the runtime, for test_cpp.py: everything that runtime.h brings, used from C++.
#include <gilkit/runtime.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace
{

class attached
{
    gil_env *env_;

  public:
    explicit attached(gil_runtime *runtime)
    {
        gil_error error;
        env_ = gil_attach(runtime, &error);
        if (!env_)
            throw std::runtime_error(error.message);
    }
    attached(const attached &) = delete;
    attached &operator=(const attached &) = delete;
    ~attached()
    {
        gil_detach(env_);
    }
    operator gil_env *() const
    {
        return env_;
    }
};

// The pending exception as a C++ one, with its causes.
std::runtime_error taken(gil_env *env)
{
    gil_error error, cause;
    std::string causes;
    for (size_t depth = 1; gil_error_cause(env, depth, &cause); depth++)
        causes += std::string(", because of ") + gil_error_name(cause.kind) + ": " + cause.message;
    if (!gil_error_take(env, &error))
        return std::runtime_error("no exception");
    return std::runtime_error(std::string(gil_error_name(error.kind)) + ": " + error.message + causes);
}

gil_obj numbers(gil_env *env, const std::vector<double> &values)
{
    const size_t n = values.size();
    gil_buffer memory;
    gil_obj array = gil_array_new(env, GIL_FLOAT64, 1, &n);
    if (!gil_buffer_pin(env, array, &memory))
        throw taken(env);
    std::memcpy(memory.data, values.data(), n * sizeof(double));
    gil_buffer_release(env, &memory);
    return array;
}

double dot(gil_env *env, gil_obj function, const std::vector<double> &x, const std::vector<double> &y)
{
    double value = 0.0;
    bool fine = false;
    GIL_SCOPE(env)
    {
        const gil_obj arguments[] = {numbers(env, x), numbers(env, y)};
        const gil_obj result = gil_call(env, function, arguments, 2, nullptr, 0);
        fine = !gil_is_null(result) && gil_float_get(env, result, &value);
    }
    if (!fine)
        throw taken(env);
    return value;
}

// A reference is handed to another thread, which attaches, calls and drops it.
double dot_elsewhere(gil_runtime *runtime, gil_env *env, gil_obj function)
{
    double value = 0.0;
    gil_ref *kept = gil_ref_new(env, function);
    std::thread worker([&] {
        attached theirs(runtime);
        value = dot(theirs, gil_ref_get(theirs, kept), {1, 2}, {3, 4});
        gil_ref_drop(kept);
    });
    GIL_BEGIN_ALLOW_THREADS(env)
    worker.join();
    GIL_END_ALLOW_THREADS(env)
    return value;
}

// A C++ exception leaves a released section: the GIL is taken back first.
void thrown(gil_env *env)
{
    try {
        GIL_BEGIN_ALLOW_THREADS(env)
        throw std::runtime_error("thrown");
        GIL_END_ALLOW_THREADS(env)
    } catch (const std::exception &error) {
        int64_t one = 0;
        if (gil_int_get(env, gil_int_new(env, 1), &one))
            std::printf("%s, and %d\n", error.what(), static_cast<int>(one));
    }
}

void work(gil_runtime *runtime, const char *path)
{
    attached env(runtime);
    const gil_obj function = gil_attr_get(env, gil_load(env, path), "dot");
    if (gil_is_null(function))
        throw taken(env);
    std::printf("dot = %g\n", dot(env, function, {1, 2, 3}, {4, 5, 6}));
    std::printf("elsewhere = %g\n", dot_elsewhere(runtime, env, function));
    gil_raise(env, GIL_KEY_ERROR, "no setting %s", "depth");
    gil_raise_from(env, GIL_NULL, GIL_VALUE_ERROR, "cannot start");
    std::printf("%s\n", taken(env).what());
    gil_raise_type(env, gil_exception_type_new(env, "embed.Own", GIL_NULL, nullptr), "its own");
    std::printf("%s\n", taken(env).what());
    thrown(env);
    dot(env, function, {1}, {1, 2});
}

} // namespace

int main(int, char **arguments)
{
    gil_error error;
    gil_runtime_options options = {};
    options.measure = true;
    gil_runtime *runtime = gil_runtime_new(&options, &error);
    if (!runtime)
        return 1;
    try {
        work(runtime, arguments[1]);
    } catch (const std::exception &refused) {
        std::printf("caught %s\n", refused.what());
    }
    return gil_runtime_free(runtime, &error) ? 0 : 1;
}
