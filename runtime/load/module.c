/* SPDX-License-Identifier: MIT */
#include "load/module.h"

#include <limits.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "core/runtime.h"
#include "load/inspect.h"
#include "load/search.h"

static void raise_refusal(gil_env *env, const gil__refusal *why)
{
    gil_raise(env, why->kind, "%s", why->message);
}

static void free_functions(gil__module *module)
{
    for (size_t i = 0; i < module->n_functions; i++)
        gil__function_end(&module->functions[i]);
    gil__free(module->functions);
    module->functions = NULL;
    module->n_functions = 0;
}

void gil__module_keep(gil__module *module)
{
    __atomic_fetch_add(&module->references, 1, __ATOMIC_RELAXED);
}

void gil__module_drop(gil__module *module)
{
    if (__atomic_sub_fetch(&module->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    free_functions(module);
    gil__free(module->owner.types);
    gil__free(module->owner.type_names);
    gil__free(module->owner.state);
    gil__free(module->name);
    gil__free(module->path);
    gil__free(module);
}

/* The last call of a closing module returned. */
static void wake_unloader(gil__owner *owner)
{
    gil__module *module = (gil__module *)owner;
    atomic_store_explicit(&module->idle, 1, memory_order_release);
    gil__futex_wake(&module->idle, INT_MAX);
}

/* A module with one reference, the caller's. */
static gil__module *new_module(gil_env *env, const gil__mapped *mapped)
{
    gil__module *module = gil__alloc(1, sizeof *module);
    if (module) {
        module->references = 1;
        module->runtime = gil__thread_of(env)->runtime;
        module->name = gil__strndup(mapped->name, strlen(mapped->name));
        module->path = gil__strndup(mapped->path, strlen(mapped->path));
        module->device = mapped->device;
        module->inode = mapped->inode;
        module->owner.name = module->name;
        module->owner.idle = wake_unloader;
        module->owner.parallel = module->runtime->parallel;
        if (module->name && module->path)
            return module;
        gil__module_drop(module);
    }
    gil__no_memory(env);
    return NULL;
}

void gil__modules_forked(struct gil_runtime *runtime)
{
    const gil__thread *mine = runtime->threads;
    for (gil__module *module = runtime->modules; module; module = module->next) {
        module->owner.running = 0;
        for (uint32_t i = 0; mine && i < mine->n_frames; i++)
            module->owner.running += mine->frames[i].owner == &module->owner && mine->frames[i].left;
        if (module->owner.closing && (!mine || module->unloader != mine)) {
            module->owner.closing = false;
            atomic_store(&module->idle, 0);
        }
    }
    if (!mine || runtime->loader != mine) {
        runtime->loader = NULL;
        runtime->loading = (gil__lock){0};
    }
}

/* Asked with the GIL held, as `closing` is set: what is enlisted after that would never be unloaded. */
static bool may_load(gil_env *env, const char *path)
{
    if (atomic_load(&gil__thread_of(env)->runtime->state) == GIL__RUNNING)
        return true;
    gil_raise(env, GIL_RUNTIME_ERROR, "%s cannot be loaded: the runtime is shutting down", path);
    return false;
}

static void enlist_shared(gil__module *module)
{
    module->next = module->runtime->modules;
    module->runtime->modules = module;
    module->loaded = true;
}

static void enlist(gil__module *module)
{
    gil__shared_take(module->runtime);
    enlist_shared(module);
    gil__shared_give(module->runtime);
}

static void delist(gil__module *module)
{
    gil__shared_take(module->runtime);
    for (gil__module **at = &module->runtime->modules; *at; at = &(*at)->next)
        if (*at == module) {
            *at = module->next;
            break;
        }
    module->loaded = false;
    gil__shared_give(module->runtime);
    atomic_store_explicit(&module->gone, 1, memory_order_release);
    gil__futex_wake(&module->gone, INT_MAX);
}

/* ---- Modules -------------------------------------------------------------------------------------------- */

/* One that is loaded already, from the same file. Another file of the same name is refused: two modules cannot
 * both be NAME. *found stays NULL when there is none. */
static bool find_loaded(gil_env *env, const char *name, const char *path, const gil__file *file, gil__module **found)
{
    gil__module *module = gil__thread_of(env)->runtime->modules;
    for (; module; module = module->next) {
        bool same_file = module->device == file->device && module->inode == file->inode;
        if (module->is_library || module->owner.closing || strcmp(module->name, name) != 0)
            continue;
        if (!same_file) {
            gil_raise(env, GIL_IMPORT_ERROR, "%s: a module %s is loaded already, from %s; unload it first", path, name,
                      module->path);
            return false;
        }
        *found = module;
        return true;
    }
    return true;
}

/* A definition as far as the module's SDK knew it; what came later is zero. It begins with its size. */
static void read_def(void *to, const void *from, size_t size)
{
    uint32_t known;
    memcpy(&known, from, sizeof known);
    memset(to, 0, size);
    memcpy(to, from, known < size ? known : size);
}

static bool add_types(gil_env *env, gil__module *module, const gil_module_def *def)
{
    gil__owner *owner = &module->owner;
    size_t count = (size_t)(def->gil__resources_end - def->gil__resources);
    if (count > UINT16_MAX)
        count = UINT16_MAX;
    owner->types = gil__alloc(count, sizeof *owner->types);
    owner->type_names = gil__alloc(count, sizeof *owner->type_names);
    if (!owner->types || !owner->type_names) {
        gil__no_memory(env);
        return false;
    }
    for (; owner->n_types < count; owner->n_types++) {
        gil__resource_type *type = &owner->types[owner->n_types];
        type->at = def->gil__resources[owner->n_types];
        read_def(&type->def, type->at, sizeof type->def);
        type->owner = owner;
        owner->type_names[owner->n_types] = type->def.name;
    }
    return true;
}

static void refuse_prototype(gil_env *env, const gil__module *module, const gil_function_def *f,
                             const gil__proto_error *error)
{
    if (error->column == 0)
        gil__no_memory(env);
    else if (error->column < 0)
        gil_raise(env, GIL_IMPORT_ERROR, "%s: %s: %s", module->path, f->name, error->message);
    else
        gil_raise(env, GIL_IMPORT_ERROR, "%s: in the prototype of %s, column %d: %s\n  %s\n  %*s", module->path,
                  f->name, error->column, error->message, f->prototype, error->column, "^");
}

/* A function's prototype becomes a plan; a slot's is entered with its type. */
static bool add_function(gil_env *env, gil__module *module, const gil_function_def *f)
{
    gil__owner *owner = &module->owner;
    gil__function *function = &module->functions[module->n_functions];
    gil__proto_error error;
    if (!gil__function_init(function, owner, f->prototype, f->code, (gil_policy)f->gil, f->doc, &error)) {
        refuse_prototype(env, module, f, &error);
        return false;
    }
    module->n_functions++;
    function->name = f->name;
    function->role = (gil_role)f->gil__role;
    while (f->gil__resource && function->of < owner->n_types &&
           strcmp(owner->type_names[function->of], f->gil__resource) != 0)
        function->of++;
    if (f->gil__resource && function->of == owner->n_types) {
        gil_raise(env, GIL_IMPORT_ERROR, "%s: %s: it belongs to no resource type; define it: GIL_RESOURCE(%s)",
                  module->path, f->name, f->gil__resource);
        return false;
    }
    if (!gil__role_check(function->signature, function->role, function->of, f->gil__resource, (gil_policy)f->gil,
                         &error)) {
        refuse_prototype(env, module, f, &error);
        return false;
    }
    if (function->role >= GIL_ROLE_INIT)
        owner->types[function->of].slots[function->role] = function;
    return true;
}

static bool add_functions(gil_env *env, gil__module *module, const gil_module_def *def)
{
    size_t count = (size_t)(def->gil__functions_end - def->gil__functions);
    module->functions = gil__alloc(count, sizeof *module->functions);
    if (!module->functions) {
        gil__no_memory(env);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        gil_function_def f;
        read_def(&f, def->gil__functions[i], sizeof f);
        if (!add_function(env, module, &f))
            return false;
    }
    return true;
}

/* Call init or free inside a frame of the module, so that gil_module_state works there, and unloading from there
 * is refused. */
static int call_in_frame(gil_env *env, gil__module *module, int (*init)(gil_env *, void *),
                         void (*end)(gil_env *, void *))
{
    gil__thread *thread = gil__thread_of(env);
    gil__frame frame = {&module->owner, module->owner.state, module->name, init ? "init" : "free", NULL};
    gil_env *outside = gil__thread_enter(thread, frame);
    int status = 0;
    if (!outside)
        return -1;
    size_t mark = gil_scope_open(env);
    if (init)
        status = init(outside, module->owner.state);
    if (end)
        end(outside, module->owner.state);
    gil_scope_close(env, mark);
    gil__thread_leave(thread);
    return status;
}

/* What is pending stays; there is nobody to tell what free raises. */
static void call_free(gil_env *env, gil__module *module)
{
    if (!module->free)
        return;
    gil_obj pending = gil_error_fetch(env);
    call_in_frame(env, module, NULL, module->free);
    gil__thread_set_error(gil__thread_of(env), NULL);
    if (!gil_is_null(pending))
        gil_error_restore(env, pending);
}

static bool run_init(gil_env *env, gil__module *module, const gil_module_def *def)
{
    const gil__guard *guard = module->runtime->guard;
    char text[200];
    int status = def->init ? call_in_frame(env, module, def->init, NULL) : 0;
    if (status == 0 && !gil_error_pending(env))
        return true;
    if (gil_error_pending(env))
        return false;
    gil__text said = gil__text_in(text, sizeof text);
    gil__text_add(&said, "init of %s failed but raised nothing; that is a bug in %s", module->name, module->name);
    if (guard)
        guard->report(gil__thread_of(env), text);
    gil_raise(env, GIL_SYSTEM_ERROR, "%s", text);
    return false;
}

static bool start(gil_env *env, gil__module *module, const gil_module_def *def,
                  bool (*ready)(gil_env *env, gil__module *module))
{
    module->doc = def->doc;
    module->threads = def->threads;
    module->owner.name = def->name; /* it stays mapped, whoever still speaks of the module */
    module->constants = def->gil__constants;
    module->n_constants = (size_t)(def->gil__constants_end - def->gil__constants);
    if (def->state_size && !(module->owner.state = gil__alloc(1, def->state_size))) {
        gil__no_memory(env);
        return false;
    }
    if (!add_types(env, module, def) || !add_functions(env, module, def))
        return false;
    if ((ready && !ready(env, module)) || !run_init(env, module, def))
        return false;
    module->free = def->free;
    return true;
}

/* What was set on a module may hold objects that hold the module. */
static void drop_attributes(gil__module *module)
{
    void *attributes = module->attributes;
    module->attributes = NULL;
    if (attributes)
        module->runtime->host->drop(attributes);
}

/* The file has passed the gate and its note is read: map it. */
static bool map_file(gil_env *env, const gil__module_info *info, const char *path, const gil__file *file,
                     gil__mapped *mapped)
{
    gil__refusal why;
    *mapped = (gil__mapped){.name = gil__strndup(info->name, strlen(info->name)),
                            .path = gil__strndup(path, strlen(path)),
                            .device = file->device,
                            .inode = file->inode};
    if (!mapped->name || !mapped->path) {
        gil__no_memory(env);
    } else {
        uint64_t token = gil_env_release(env, path, 0);
        mapped->library = gil__file_dlopen(file, path, &why);
        gil_env_reacquire(env, token);
        if (!mapped->library)
            raise_refusal(env, &why);
    }
    if (mapped->library) {
        mapped->definition = (const void *)(gil__dl_base(mapped->library) + info->definition);
        return true;
    }
    gil__mapped_end(mapped);
    return false;
}

void gil__mapped_end(gil__mapped *mapped)
{
    gil__free(mapped->name);
    gil__free(mapped->path);
    *mapped = (gil__mapped){.name = NULL};
}

gil__module *gil__module_adopt(gil_env *env, const gil__mapped *mapped, void *object,
                               bool (*ready)(gil_env *env, gil__module *module))
{
    const char *path = mapped->path;
    gil_module_def def;
    gil__module *module = may_load(env, path) ? new_module(env, mapped) : NULL;
    if (!module)
        return NULL;
    module->library = mapped->library;
    module->object = object;
    read_def(&def, mapped->definition, sizeof def);
    if (start(env, module, &def, ready)) {
        if (may_load(env, path)) {
            enlist(module);
            return module;
        }
        call_free(env, module); /* init let others in, who began to shut down */
    }
    drop_attributes(module);
    gil__module_drop(module);
    return NULL;
}

/* Read the note and check it, without the GIL. */
static bool look_at(const char *name, char *path, gil__file *file, gil__module_info *info, gil__refusal *why)
{
    if (!gil__search_module(name, path, why) || !gil__file_open(file, path, why))
        return false;
    if (gil__module_inspect(info, file->bytes, file->size, path, why)) {
        if (gil__module_abi_fits(info, path, why))
            return true;
        gil__module_info_end(info);
    }
    gil__file_close(file);
    return false;
}

/* Through the gate. With `found`, a module that is loaded from that file already is *found, and nothing is mapped. */
static bool open_module(gil_env *env, const char *name, gil__mapped *mapped, gil__module **found)
{
    char path[PATH_MAX];
    gil__file file;
    gil__module_info info;
    gil__refusal why;
    uint64_t token = gil_env_release(env, name, 0);
    bool fine = look_at(name, path, &file, &info, &why);
    gil_env_reacquire(env, token);
    if (!fine) {
        raise_refusal(env, &why);
        return false;
    }
    if (found)
        fine = find_loaded(env, info.name, path, &file, found);
    if (fine && !(found && *found))
        fine = map_file(env, &info, path, &file, mapped);
    gil__module_info_end(&info);
    gil__file_close(&file);
    return fine;
}

bool gil__module_map(gil_env *env, const char *name, gil__mapped *mapped)
{
    return open_module(env, name, mapped, NULL);
}

static gil__module *load(gil_env *env, const char *name)
{
    gil__mapped mapped;
    gil__module *module = NULL;
    if (!open_module(env, name, &mapped, &module) || module)
        return module;
    module = gil__module_adopt(env, &mapped, NULL, NULL);
    gil__mapped_end(&mapped);
    return module;
}

/* One load at a time, because a load gives the GIL up: two of the same module would both run its init. A module's
 * init may load others, so the same thread goes through. Lock order: `loading`, then the GIL. */
gil__module *gil__module_load(gil_env *env, const char *name)
{
    gil__thread *thread = gil__thread_of(env);
    struct gil_runtime *runtime = thread->runtime;
    if (runtime->loader == thread)
        return load(env, name);
    uint64_t token = gil_env_release(env, name, 0);
    gil__lock_take(&runtime->loading);
    gil_env_reacquire(env, token);
    runtime->loader = thread;
    gil__module *module = load(env, name);
    runtime->loader = NULL;
    gil__lock_give(&runtime->loading);
    return module;
}

/* Is this module's function or init running on this thread? Then waiting for it would be for ever. */
static bool is_inside(gil_env *env, const gil__module *module)
{
    const gil__thread *thread = gil__thread_of(env);
    for (uint32_t i = 0; i < thread->n_frames; i++)
        if (thread->frames[i].owner == &module->owner)
            return true;
    return false;
}

/* Sleep without the GIL until a word is set. */
static void wait_for(gil_env *env, const gil__module *module, atomic_uint *word)
{
    uint64_t token = gil_env_release(env, module->path, 0);
    while (!atomic_load_explicit(word, memory_order_acquire))
        gil__futex_wait(word, 0, 0);
    gil_env_reacquire(env, token);
}

/* Who closes it: nobody yet, as others have the library open; this thread from now on; or another one. */
typedef enum who { NOBODY, THIS_THREAD, ANOTHER } who;

static who close_module(gil__module *module)
{
    gil__shared_take(module->runtime);
    who closer = module->owner.closing ? ANOTHER : THIS_THREAD;
    if (module->is_library && module->opens > 1 && atomic_load(&module->runtime->state) == GIL__RUNNING) {
        module->opens--;
        closer = NOBODY;
    } else {
        module->owner.closing = true;
    }
    gil__shared_give(module->runtime);
    return closer;
}

static bool has_calls(const gil__module *module)
{
    return __atomic_load_n(&module->owner.running, __ATOMIC_SEQ_CST) > 0;
}

static void unload(gil_env *env, gil__module *module)
{
    module->unloader = gil__thread_of(env);
    if (has_calls(module))
        wait_for(env, module, &module->idle);
    call_free(env, module);
    drop_attributes(module);
    if (module->runtime->guard)
        module->runtime->guard->unloaded(module->runtime, &module->owner, module->name);
    delist(module);
    gil__module_drop(module); /* the runtime's reference */
}

bool gil__module_unload(gil_env *env, gil__module *module)
{
    if (!module->loaded)
        return true;
    if (is_inside(env, module) && !(module->is_library && module->opens > 1)) {
        gil_raise(env, GIL_RUNTIME_ERROR, "%s cannot be unloaded from inside its own function", module->name);
        return false;
    }
    gil__module_keep(module);
    who closer = close_module(module);
    if (closer == ANOTHER)
        wait_for(env, module, &module->gone);
    else if (closer == THIS_THREAD)
        unload(env, module);
    gil__module_drop(module);
    return true;
}

static const gil__function *find_function(const gil__module *module, gil_role role, const gil__resource_type *type,
                                          const char *name)
{
    for (size_t i = 0; i < module->n_functions; i++) {
        const gil__function *f = &module->functions[i];
        if (f->role == role && (!type || &module->owner.types[f->of] == type) && strcmp(f->signature->name, name) == 0)
            return f;
    }
    return NULL;
}

const gil__function *gil__module_function(const gil__module *module, const char *name)
{
    return find_function(module, GIL_ROLE_FUNCTION, NULL, name);
}

const gil__function *gil__type_function(const gil__resource_type *type, gil_role role, const char *name)
{
    return find_function((const gil__module *)type->owner, role, type, name);
}

const gil__resource_type *gil__module_type(const gil__module *module, const char *name)
{
    for (uint16_t i = 0; i < module->owner.n_types; i++)
        if (strcmp(module->owner.type_names[i], name) == 0)
            return &module->owner.types[i];
    return NULL;
}

bool gil__module_constant(const gil__module *module, const char *name, gil_constant_def *constant)
{
    for (size_t i = 0; i < module->n_constants; i++)
        if (strcmp(module->constants[i]->name, name) == 0) {
            read_def(constant, module->constants[i], sizeof *constant);
            return true;
        }
    return false;
}

const char *gil__module_declares(const gil__module *module, const char *name)
{
    gil_constant_def constant;
    if (gil__module_function(module, name))
        return "a function";
    if (gil__module_type(module, name))
        return "a type";
    if (gil__module_constant(module, name, &constant))
        return "a constant";
    return strncmp(name, "__", 2) == 0 ? "fixed" : NULL;
}

static const gil__resource_type *type_in(const gil__owner *owner, const gil_resource_def *def)
{
    for (uint16_t i = 0; i < owner->n_types; i++)
        if (owner->types[i].at == def)
            return &owner->types[i];
    return NULL;
}

const gil__resource_type *gil__modules_type(gil_env *env, const gil_resource_def *def)
{
    const gil__thread *thread = gil__thread_of(env);
    const gil__frame *frame = gil__thread_frame(thread);
    const gil__resource_type *type = frame ? type_in(frame->owner, def) : NULL;
    if (type)
        return type;
    gil__shared_take(thread->runtime);
    for (const gil__module *module = thread->runtime->modules; module && !type; module = module->next)
        type = type_in(&module->owner, def);
    gil__shared_give(thread->runtime);
    return type;
}

/* Counted as a call is, so that unloading waits for it. NULL: no memory. */
static gil_env *enter_type(gil__thread *thread, const gil__resource_type *type, const char *function)
{
    gil__owner *owner = type->owner;
    gil__owner_entered(owner);
    gil_env *outside =
        gil__thread_enter(thread, (gil__frame){owner, owner->state, owner->name, function, gil__owner_left});
    if (!outside)
        gil__owner_left(owner);
    return outside;
}

void gil__type_finalize(gil_env *env, const gil__resource_type *type, void *self)
{
    gil__thread *thread = gil__thread_of(env);
    void *pending = thread->error;
    thread->error = NULL;
    gil_env *outside = enter_type(thread, type, "finalize");
    size_t scope = gil_scope_open(env);
    type->def.finalize(outside ? outside : env, self);
    gil_scope_close(env, scope);
    if (outside)
        gil__thread_leave(thread);
    gil__thread_set_error(thread, pending);
}

bool gil__type_buffer(gil_env *env, const gil__resource_type *type, void *self, gil_buffer *buffer)
{
    gil__thread *thread = gil__thread_of(env);
    gil_env *outside = enter_type(thread, type, "buffer");
    if (!outside)
        return false;
    size_t scope = gil_scope_open(env);
    bool fine = type->def.buffer(outside, self, buffer);
    gil_scope_close(env, scope);
    gil__thread_leave(thread);
    if (fine && gil_error_pending(env))
        return false;
    if (!fine && !gil_error_pending(env))
        gil_raise(env, GIL_SYSTEM_ERROR, "buffer of %s failed but raised nothing; that is a bug in %s", type->def.name,
                  type->owner->name);
    return fine;
}

/* ---- Plain libraries ------------------------------------------------------------------------------------- */

static bool look_at_library(const char *name, char *path, gil__file *file, gil__refusal *why)
{
    gil__elf elf;
    char reason[256];
    gil__text text = gil__text_in(reason, sizeof reason);
    if (!gil__search_library(name, path, why) || !gil__file_open(file, path, why))
        return false;
    if (gil__elf_open(&elf, file->bytes, file->size, &text))
        return true;
    gil__file_close(file);
    return gil__refuse(why, GIL_IMPORT_ERROR, "%s: %s", path, reason);
}

/* One that is open already, from the same file, and now once more; else `fresh`, enlisted, if there is one. */
static gil__module *share_library(struct gil_runtime *runtime, const gil__file *file, gil__module *fresh)
{
    gil__shared_take(runtime);
    gil__module *module = runtime->modules;
    while (module && !(module->is_library && !module->owner.closing && module->device == file->device &&
                       module->inode == file->inode))
        module = module->next;
    if (!module && (module = fresh))
        enlist_shared(fresh);
    if (module)
        module->opens++;
    gil__shared_give(runtime);
    return module;
}

static gil__module *open_library(gil_env *env, const char *path, const gil__file *file)
{
    gil__refusal why;
    uint64_t token = gil_env_release(env, path, 0);
    void *library = gil__file_dlopen(file, path, &why);
    gil_env_reacquire(env, token);
    if (!library) {
        raise_refusal(env, &why);
        return NULL;
    }
    struct gil_runtime *runtime = gil__thread_of(env)->runtime;
    gil__module *module = share_library(runtime, file, NULL); /* another thread may have been faster */
    gil__mapped mapped = {.name = (char *)path, .path = (char *)path, .device = file->device, .inode = file->inode};
    if (module || !may_load(env, path) || !(module = new_module(env, &mapped)))
        return module;
    module->library = library;
    module->is_library = true;
    gil__module *shared = share_library(runtime, file, module);
    if (shared != module)
        gil__module_drop(module);
    return shared;
}

gil__module *gil__library_load(gil_env *env, const char *name)
{
    char path[PATH_MAX];
    gil__file file;
    gil__refusal why;
    uint64_t token = gil_env_release(env, name, 0);
    bool fine = look_at_library(name, path, &file, &why);
    gil_env_reacquire(env, token);
    if (!fine) {
        raise_refusal(env, &why);
        return NULL;
    }
    gil__module *library = share_library(gil__thread_of(env)->runtime, &file, NULL);
    if (!library)
        library = open_library(env, path, &file);
    gil__file_close(&file);
    return library;
}

bool gil__library_bind(gil_env *env, gil__module *library, const char *prototype, gil_policy policy,
                       gil__function *function)
{
    gil__proto_error error;
    char *text = gil__strndup(prototype, strlen(prototype));
    if (!text) {
        gil__no_memory(env);
        return false;
    }
    if (!gil__function_init(function, &library->owner, text, NULL, policy, NULL, &error)) {
        if (error.column == 0)
            gil__no_memory(env);
        else
            gil_raise(env, GIL_VALUE_ERROR, "in the prototype, column %d: %s\n  %s\n  %*s", error.column, error.message,
                      text, error.column, "^");
        gil__free(text);
        return false;
    }
    function->code = (void (*)(void))gil__dl_symbol(library->library, function->name);
    const gil__signature *s = function->signature;
    if (function->code && !s->has_env && !s->has_task)
        return true;
    if (!function->code)
        gil_raise(env, GIL_IMPORT_ERROR, "%s has no function %s; `nm -D %s` lists what it has", library->path,
                  function->name, library->path);
    else
        gil_raise(env, GIL_VALUE_ERROR,
                  "gil_env and gil_task are for modules; a function of a plain library takes "
                  "numbers, text and arrays");
    gil__function_end(function);
    gil__free(text);
    return false;
}
